namespace McpSecure.Testing;

/// <summary>Stands still until a test turns it, and then runs every timer that falls due, in order.</summary>
public sealed class FakeClock : TimeProvider
{
    private readonly List<Timer> timers = [];
    private readonly Lock change = new();
    private DateTimeOffset now;
    private long ticks;
    private TaskCompletionSource timerChanged = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Makes a clock that shows the given time, or the start of 2026.</summary>
    public FakeClock(DateTimeOffset? start = null) => now = start ?? new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        lock (change)
        {
            return now;
        }
    }

    /// <inheritdoc/>
    public override long GetTimestamp()
    {
        lock (change)
        {
            return ticks;
        }
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Lets time pass. Timers run on the calling thread, each at its own time; what awaits them may go on elsewhere.</summary>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        long end;
        lock (change)
        {
            end = ticks + by.Ticks;
        }

        while (NextDue(end) is { } timer)
        {
            timer.Run();
        }

        lock (change)
        {
            Turn(end);
        }
    }

    /// <summary>Steps the wall clock alone, as a correction by NTP does: timers and timestamps do not move.</summary>
    public void StepWallClock(TimeSpan by)
    {
        lock (change)
        {
            now += by;
        }
    }

    /// <summary>Waits until somebody waits for this clock, so that a test does not turn it too early.</summary>
    /// <param name="timers">How many timers must be set at once.</param>
    public async Task WaitForTimersAsync(int timers = 1)
    {
        while (true)
        {
            Task changed;
            lock (change)
            {
                if (this.timers.Count >= timers)
                {
                    return;
                }

                changed = timerChanged.Task;
            }

            await changed.WaitAsync(TimeSpan.FromSeconds(30));
        }
    }

    private Timer? NextDue(long end)
    {
        lock (change)
        {
            var next = timers.Where(timer => timer.DueAt <= end).MinBy(timer => timer.DueAt);
            if (next is not null)
            {
                Turn(Math.Max(next.DueAt, ticks));
                next.Reschedule();
            }

            return next;
        }
    }

    private void Turn(long to)
    {
        now += TimeSpan.FromTicks(to - ticks);
        ticks = to;
    }

    private sealed class Timer(FakeClock clock, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan period;
        private bool disposed;

        public long DueAt { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock.change)
            {
                if (disposed)
                {
                    return false;
                }

                this.period = period;
                clock.timers.Remove(this);
                if (dueTime != Timeout.InfiniteTimeSpan)
                {
                    DueAt = clock.ticks + dueTime.Ticks;
                    clock.timers.Add(this);
                    clock.timerChanged.TrySetResult();
                    clock.timerChanged = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                }

                return true;
            }
        }

        public void Reschedule()
        {
            if (period == Timeout.InfiniteTimeSpan || period == TimeSpan.Zero)
            {
                clock.timers.Remove(this);
            }
            else
            {
                DueAt += period.Ticks;
            }
        }

        public void Run() => callback(state);

        public void Dispose()
        {
            lock (clock.change)
            {
                disposed = true;
                clock.timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
