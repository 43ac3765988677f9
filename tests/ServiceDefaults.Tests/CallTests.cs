using System.IO.Compression;
using Google.Protobuf;
using Grpc.Core;
using McpSecure.Client;
using McpSecure.Common.V1;
using McpSecure.Testing;

namespace McpSecure.ServiceDefaults.Tests;

/// <summary>Makes calls over the right certificates, right ones and wrong ones.</summary>
public sealed class CallTests : IAsyncLifetime
{
    private const string Echo = "/mcpsecure.testing.v1.ProbeService/Echo";

    private readonly TestPki pki = new();
    private ProbeHost host = null!;

    public async Task InitializeAsync() => host = await ProbeHost.StartAsync(pki, settings:
    [
        ("Limits:MaxMessageSizeInBytes", "65536"),
        ("Limits:MaxHeadersSizeInBytes", "8192"),
        ("Limits:LongestCall", "00:00:05"),
    ]);

    public async Task DisposeAsync()
    {
        await host.DisposeAsync();
        pki.Dispose();
    }

    [Fact]
    public async Task Call_OfAListedService_IsAnswered()
    {
        using var client = host.As("friend");

        Assert.Equal("hello", (await client.Probe.EchoAsync(new EchoRequest { Text = "hello" })).Text);
    }

    [Fact]
    public async Task Call_OfARegisteredApplication_IsAnswered()
    {
        using var client = host.As("webshop");

        Assert.Equal("hello", (await client.Probe.EchoAsync(new EchoRequest { Text = "hello" })).Text);
    }

    [Fact]
    public async Task Call_OfAWorkloadThatIsNotListed_IsDenied()
    {
        using var client = host.As("stranger");

        var refused = await Assert.ThrowsAsync<RpcException>(async () => await client.Probe.EchoAsync(new EchoRequest()));

        var error = McpSecureError.From(refused);
        Assert.Equal((StatusCode.PermissionDenied, ErrorReason.CallerNotAllowed), (error.Status, error.Reason));
    }

    [Fact]
    public async Task Call_OfARpcThatIsNotListed_IsDenied()
    {
        using var client = host.As("friend");

        var refused = await Assert.ThrowsAsync<RpcException>(async () => await client.Probe.HiddenAsync(new EchoRequest()));

        Assert.Equal(ErrorReason.CallerNotAllowed, McpSecureError.From(refused).Reason);
    }

    [Theory]
    [InlineData("/mcpsecure.testing.v1.ProbeService/NoSuch")]
    [InlineData("/mcpsecure.testing.v1.NoSuchService/Echo")]
    [InlineData("/mcpsecure.testing.v1.ProbeService/echo")]
    [InlineData("/MCPSECURE.TESTING.V1.PROBESERVICE/ECHO")]
    [InlineData("/mcpsecure.testing.v1.ProbeService/Echo/")]
    [InlineData("//mcpsecure.testing.v1.ProbeService/Echo")]
    [InlineData("/x/../mcpsecure.testing.v1.ProbeService/Hidden")]
    [InlineData("/mcpsecure.testing.v1.ProbeService%2FHidden")]
    [InlineData("/")]
    [InlineData("/health")]
    public async Task Call_OfAnUnknownPath_IsDeniedAsAnUnlistedOne(string path)
    {
        using var raw = new RawCall(host, "friend");

        RawCall.AssertRefused(await raw.PostAsync(path, new EchoRequest()), StatusCode.PermissionDenied, ErrorReason.CallerNotAllowed);
    }

    [Fact]
    public async Task Call_ThatIsDenied_IsAnsweredBeforeItsBodyComes()
    {
        using var raw = new RawCall(host, "stranger");
        var never = new TaskCompletionSource();
        using var request = new HttpRequestMessage(HttpMethod.Post, Echo) { Content = new PendingContent(never.Task) };

        using var response = await raw.SendAsync(request);

        Assert.Equal("7", response.Headers.GetValues("grpc-status").Single());
        never.SetResult();
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/alive")]
    [InlineData(Echo)]
    public async Task PlainRequest_ToTheGrpcPort_IsNoSuccess(string path)
    {
        using var raw = new RawCall(host, "friend");

        using var response = await raw.SendAsync(new HttpRequestMessage(HttpMethod.Get, path));

        Assert.False(response.IsSuccessStatusCode);
    }

    [Fact]
    public async Task Request_OfBytesThatAreNoMessage_IsMalformed()
    {
        using var raw = new RawCall(host, "friend");

        // Field 1, length 100, then nothing.
        RawCall.AssertRefused(await raw.PostAsync(Echo, RawCall.Frame([0x0A, 100])), StatusCode.InvalidArgument, ErrorReason.RequestMalformed);
    }

    [Fact]
    public async Task Request_WithTextThatIsNotUtf8_IsMalformed()
    {
        using var raw = new RawCall(host, "friend");

        RawCall.AssertRefused(await raw.PostAsync(Echo, RawCall.Frame([0x0A, 2, 0xC3, 0x28])), StatusCode.InvalidArgument, ErrorReason.RequestMalformed);
    }

    [Fact]
    public async Task Request_WithMoreAfterTheMessage_IsMalformed()
    {
        using var raw = new RawCall(host, "friend");

        var answer = await raw.PostAsync(Echo, [.. RawCall.Frame([]), .. RawCall.Frame([])]);

        RawCall.AssertRefused(answer, StatusCode.InvalidArgument, ErrorReason.RequestMalformed);
    }

    [Fact]
    public async Task Request_ThatEndsWithinTheMessage_IsMalformed()
    {
        using var raw = new RawCall(host, "friend");

        RawCall.AssertRefused(await raw.PostAsync(Echo, [0, 0, 0, 0, 9, 1]), StatusCode.InvalidArgument, ErrorReason.RequestMalformed);
    }

    [Fact]
    public async Task Request_WithoutABody_IsMalformed()
    {
        using var raw = new RawCall(host, "friend");

        RawCall.AssertRefused(await raw.PostAsync(Echo, []), StatusCode.InvalidArgument, ErrorReason.RequestMalformed);
    }

    [Fact]
    public async Task Request_LargerThanTheLimit_IsRefusedByItsSize()
    {
        using var client = host.As("friend");

        var refused = await Assert.ThrowsAsync<RpcException>(async () => await client.Probe.EchoAsync(new EchoRequest { Text = new string('x', 70_000) }));

        var error = McpSecureError.From(refused);
        Assert.Equal((StatusCode.ResourceExhausted, ErrorReason.RequestTooLarge), (error.Status, error.Reason));
    }

    [Fact]
    public async Task Request_OfARpcThatNeedsMore_MayHaveWhatTheContractSaysAndNoMore()
    {
        using var client = host.As("friend");

        await client.Probe.StoreAsync(new EchoRequest { Text = new string('x', 2_000_000) });
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await client.Probe.StoreAsync(new EchoRequest { Text = new string('x', 2_200_000) }));

        Assert.Equal(ErrorReason.RequestTooLarge, McpSecureError.From(refused).Reason);
    }

    [Fact]
    public async Task Request_WhoseLengthIsTooLarge_IsRefusedBeforeItsMessageCame()
    {
        using var raw = new RawCall(host, "friend");

        RawCall.AssertRefused(await raw.PostAsync(Echo, [0, 0x00, 0x01, 0x00, 0x01, 10]), StatusCode.ResourceExhausted, ErrorReason.RequestTooLarge);
    }

    [Fact]
    public async Task Request_ThatIsACompressionBomb_IsNotUnpacked()
    {
        using var raw = new RawCall(host, "friend");
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            gzip.Write(new byte[10_000_000]);
        }

        var answer = await raw.PostAsync(Echo, RawCall.Frame(packed.ToArray(), compressed: 1), ("grpc-encoding", "gzip"));

        Assert.Equal(StatusCode.Unimplemented, answer.Status);
    }

    [Fact]
    public async Task Request_WithHeadersLargerThanTheLimit_DoesNotReachTheService()
    {
        var reached = false;
        host.Actions.Act = (_, _) =>
        {
            reached = true;
            return Task.FromResult(new EchoResponse());
        };
        using var client = host.As("friend");

        await Assert.ThrowsAsync<RpcException>(async () => await client.Probe.ActAsync(new EchoRequest(), new Metadata { { "x-large", new string('x', 9000) } }));

        Assert.False(reached);
    }

    [Fact]
    public async Task Handler_ThatThrows_AnswersInternalWithATraceIdAndNothingElse()
    {
        host.Actions.Act = (_, _) => throw new InvalidOperationException("password=hunter2");
        using var client = host.As("friend");

        var refused = await Assert.ThrowsAsync<RpcException>(async () => await client.Probe.ActAsync(new EchoRequest()));

        var error = McpSecureError.From(refused);
        Assert.Equal((StatusCode.Internal, ErrorReason.Internal), (error.Status, error.Reason));
        Assert.Equal(32, error.TraceId!.Length);
        Assert.Equal(["trace_id"], error.Metadata.Keys);
        Assert.DoesNotContain(refused.Trailers, t => (t.IsBinary ? System.Text.Encoding.UTF8.GetString(t.ValueBytes) : t.Value).Contains("hunter2", StringComparison.Ordinal));
        Assert.Equal("Something went wrong. The trace id finds it in the logs.", refused.Status.Detail);
        Assert.Contains(host.Log.Lines, line => line.Contains("System.InvalidOperationException: password=hunter2", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Handler_WhosePeerIsDenied_DoesNotDenyItsCaller()
    {
        // What another service says to this one is not for this one's caller.
        host.Actions.Act = (_, _) => throw new RpcException(new Status(StatusCode.PermissionDenied, "probe may not call this"));
        using var client = host.As("friend");

        var refused = await Assert.ThrowsAsync<RpcException>(async () => await client.Probe.ActAsync(new EchoRequest()));

        Assert.Equal(ErrorReason.Internal, McpSecureError.From(refused).Reason);
    }

    [Theory]
    [InlineData(StatusCode.Unavailable)]
    [InlineData(StatusCode.DeadlineExceeded)]
    [InlineData(StatusCode.ResourceExhausted)]
    public async Task Handler_WhosePeerIsAway_AnswersUnavailable(StatusCode status)
    {
        host.Actions.Act = (_, _) => throw new RpcException(new Status(status, "10.0.0.7 does not answer"));
        using var client = host.As("friend");

        var refused = await Assert.ThrowsAsync<RpcException>(async () => await client.Probe.ActAsync(new EchoRequest()));

        var error = McpSecureError.From(refused);
        Assert.Equal((StatusCode.Unavailable, ErrorReason.DependencyUnavailable), (error.Status, error.Reason));
        Assert.DoesNotContain("10.0.0.7", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handler_ThatRefuses_AnswersReasonFactsAndTraceId()
    {
        host.Actions.Act = (_, _) => throw Refusal.Because(ErrorReason.KeyringNotFound, "No keyring has this name.", ("keyring", "x"));
        using var client = host.As("friend");

        var refused = await Assert.ThrowsAsync<RpcException>(async () => await client.Probe.ActAsync(new EchoRequest()));

        var error = McpSecureError.From(refused);
        Assert.Equal((StatusCode.NotFound, ErrorReason.KeyringNotFound, "KEYRING_NOT_FOUND"), (error.Status, error.Reason, error.ReasonName));
        Assert.Equal("No keyring has this name.", error.Message);
        Assert.Equal("x", error.Metadata["keyring"]);
        Assert.Equal(32, error.TraceId!.Length);
    }

    [Fact]
    public async Task Request_ThatBreaksRules_DoesNotReachTheHandler()
    {
        using var client = host.As("friend");

        var refused = await Assert.ThrowsAsync<RpcException>(async () =>
            await client.Probe.CheckAsync(new Everything { Items = { new Item { Id = "a" }, new Item { Child = new Item() } } }));

        var error = McpSecureError.From(refused);
        Assert.Equal((StatusCode.InvalidArgument, ErrorReason.FieldInvalid), (error.Status, error.Reason));
        Assert.Equal(["name", "needed", "items[1].id", "items[1].child.id", "sure"], error.Violations.Select(v => v.Field));
        Assert.StartsWith("name: is required. (4 more)", error.Message, StringComparison.Ordinal);
        Assert.Empty(host.Actions.Checked);
    }

    [Fact]
    public async Task Call_WithoutADeadline_GetsTheLongestAllowed()
    {
        using var raw = new RawCall(host, "friend");
        var deadline = new TaskCompletionSource<DateTime>();
        host.Actions.Act = (_, context) =>
        {
            deadline.SetResult(context.Deadline);
            return Task.FromResult(new EchoResponse());
        };
        var before = TimeProvider.System.GetUtcNow().UtcDateTime;

        await raw.PostAsync("/mcpsecure.testing.v1.ProbeService/Act", new EchoRequest());

        Assert.InRange(await deadline.Task, before.AddSeconds(5), TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(5));
    }

    [Theory]
    [InlineData("1H")]
    [InlineData("0S")]
    [InlineData("never")]
    [InlineData("999999999S")]
    public async Task Call_AskingForAnUnbearableDeadline_GetsTheLongestAllowed(string asked)
    {
        using var raw = new RawCall(host, "friend");
        var deadline = new TaskCompletionSource<DateTime>();
        host.Actions.Act = (_, context) =>
        {
            deadline.SetResult(context.Deadline);
            return Task.FromResult(new EchoResponse());
        };

        await raw.PostAsync("/mcpsecure.testing.v1.ProbeService/Act", RawCall.Frame(new EchoRequest().ToByteArray()), ("grpc-timeout", asked));

        Assert.True(await deadline.Task <= TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(5));
    }

    [Fact]
    public async Task Handler_StillWorkingAtTheDeadline_IsCancelled()
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Actions.Act = async (_, context) =>
        {
            await using var registration = context.CancellationToken.Register(cancelled.SetResult);
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
            return new EchoResponse();
        };
        using var client = host.As("friend");

        var late = await Assert.ThrowsAsync<RpcException>(async () =>
            await client.Probe.ActAsync(new EchoRequest(), deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddMilliseconds(300)));

        Assert.Equal(StatusCode.DeadlineExceeded, late.StatusCode);
        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Streams_OfEveryKind_Work()
    {
        using var client = host.As("friend");

        using var collect = client.Probe.Collect();
        await collect.RequestStream.WriteAsync(new EchoRequest { Text = "1" });
        await collect.RequestStream.WriteAsync(new EchoRequest { Text = "2" });
        await collect.RequestStream.CompleteAsync();
        using var chat = client.Probe.Chat();
        await chat.RequestStream.WriteAsync(new EchoRequest { Text = "hello" });
        using var repeat = client.Probe.Repeat(new EchoRequest { Text = "again" });

        Assert.Equal("2", (await collect).Text);
        Assert.True(await chat.ResponseStream.MoveNext(default));
        Assert.Equal("hello", chat.ResponseStream.Current.Text);
        Assert.True(await repeat.ResponseStream.MoveNext(default));
        Assert.Equal("again", repeat.ResponseStream.Current.Text);
    }

    [Fact]
    public async Task Stream_WithAMessageLargerThanTheLimit_IsRefusedByItsSize()
    {
        using var client = host.As("friend");
        using var collect = client.Probe.Collect();

        // The refusal may come while the message is still being written.
        await Record.ExceptionAsync(() => collect.RequestStream.WriteAsync(new EchoRequest { Text = new string('x', 70_000) }));
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await collect);

        Assert.Equal(ErrorReason.RequestTooLarge, McpSecureError.From(refused).Reason);
    }

    [Fact]
    public async Task Stream_WithBytesThatAreNoMessage_IsMalformed()
    {
        using var raw = new RawCall(host, "friend");

        var answer = await raw.PostAsync("/mcpsecure.testing.v1.ProbeService/Collect", RawCall.Frame([0x0A, 100]));

        RawCall.AssertRefused(answer, StatusCode.InvalidArgument, ErrorReason.RequestMalformed);
    }

    [Fact]
    public async Task Stream_WithAnUnknownField_IsInvalid()
    {
        using var raw = new RawCall(host, "friend");

        var answer = await raw.PostAsync("/mcpsecure.testing.v1.ProbeService/Collect", [.. RawCall.Frame([]), .. RawCall.Frame([0x10, 1])]);

        RawCall.AssertRefused(answer, StatusCode.InvalidArgument, ErrorReason.FieldInvalid);
        Assert.Equal("#2", Assert.Single(answer.Error.Violations).Field);
    }

    private sealed class PendingContent : HttpContent
    {
        private readonly Task until;

        public PendingContent(Task until)
        {
            this.until = until;
            Headers.ContentType = new("application/grpc");
        }

        protected override async Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context)
        {
            await stream.FlushAsync();
            await until;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
