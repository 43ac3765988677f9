using System.Buffers.Binary;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace McpSecure.Auth.Tests;

public sealed class PasswordHashingTests
{
    private static readonly Password Right = Password.From("violet anchors drift slowly");
    private static readonly Password Wrong = Password.From("violet anchors drift quickly");

    [Fact]
    public async Task Verify_OfThePasswordThatWasHashed_IsRight()
    {
        using var hashing = Make(iterations: 2_000);
        using var turn = (await hashing.EnterAsync(default))!;

        var hash = await turn.HashAsync(Right);

        Assert.Equal(PasswordMatch.Right, await turn.VerifyAsync(Right, hash));
        Assert.Equal(PasswordMatch.Wrong, await turn.VerifyAsync(Wrong, hash));
        Assert.Equal(PasswordMatch.Wrong, await turn.VerifyAsync(Right, hash: null));
    }

    [Fact]
    public async Task Hash_ByDefault_Is210000IterationsOfSha512()
    {
        var defaults = new PasswordOptions();
        using var hashing = Make(defaults.IterationCount);
        using var turn = (await hashing.EnterAsync(default))!;

        var hash = Convert.FromBase64String(await turn.HashAsync(Right));

        // ASP.NET Core Identity, version 3: the function 2 is HMAC-SHA512.
        Assert.Equal((1, 2, 210_000), (hash[0], BinaryPrimitives.ReadInt32BigEndian(hash.AsSpan(1)), BinaryPrimitives.ReadInt32BigEndian(hash.AsSpan(5))));
    }

    [Fact]
    public async Task Verify_WithAHashOfFewerIterations_AsksForANewOne()
    {
        using var before = Make(iterations: 1_000);
        using var after = Make(iterations: 2_000);
        using var turnBefore = (await before.EnterAsync(default))!;
        using var turnAfter = (await after.EnterAsync(default))!;
        var old = await turnBefore.HashAsync(Right);

        Assert.Equal(PasswordMatch.RightWithOldHash, await turnAfter.VerifyAsync(Right, old));
        Assert.Equal(PasswordMatch.Wrong, await turnAfter.VerifyAsync(Wrong, old));
    }

    [Fact]
    public async Task Enter_WithEveryTurnAndPlaceTaken_IsRefusedUntilOneIsGivenBack()
    {
        using var hashing = Make(iterations: 1_000, turns: 1, places: 1);
        var first = (await hashing.EnterAsync(default))!;
        var second = hashing.EnterAsync(default);

        var third = await hashing.EnterAsync(default);
        first.Dispose();
        using var entered = await second;

        Assert.Null(third);
        Assert.NotNull(entered);
    }

    private static PasswordHashing Make(int iterations, int turns = 2, int places = 2) => new(
        new PasswordHasher<Account>(Options.Create(new PasswordHasherOptions { IterationCount = iterations })),
        Options.Create(new PasswordOptions { IterationCount = iterations, ConcurrentHashes = turns, WaitingHashes = places }));
}
