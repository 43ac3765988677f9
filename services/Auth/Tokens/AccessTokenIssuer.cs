using System.Text;
using Google.Protobuf;
using Grpc.Core;
using McpSecure.Client;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;

namespace McpSecure.Auth;

/// <summary>Makes access tokens; Crypto signs them, so that the private key never is here.</summary>
internal sealed class AccessTokenIssuer(
    SigningService.SigningServiceClient crypto, SigningKeys keys, AccessTokenFormat format, TimeProvider clock)
{
    /// <summary>Makes a token for a user who has just shown who he is.</summary>
    /// <exception cref="RpcException">Crypto does not answer.</exception>
    public async Task<SignedToken> IssueAsync(NewToken order, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var issuedAt = DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds());
        var token = new AccessToken(
            Guid.CreateVersion7(now),
            order.SessionId ?? Guid.CreateVersion7(now),
            order.Account.UserId,
            order.Account.Username,
            order.Account.Email,
            order.ClientId,
            order.Roles,
            Scopes: [],
            order.Methods,
            DateTimeOffset.FromUnixTimeSeconds(order.AuthenticatedAt.ToUnixTimeSeconds()),
            issuedAt,
            issuedAt + format.Lifetime);

        var key = ActiveOf(await keys.GetAsync(cancellationToken));
        try
        {
            return await SignAsync(token, key, cancellationToken);
        }
        catch (RpcException e) when (McpSecureError.From(e).Reason == ErrorReason.FieldInvalid)
        {
            // This version signs no more: it was replaced behind our back. Once is enough; what fails then is no rotation.
            var current = ActiveOf(await keys.RereadAsync(cancellationToken));
            if (current == key)
            {
                throw;
            }

            return await SignAsync(token, current, cancellationToken);
        }
    }

    private static SigningKey ActiveOf(SigningKeySet set) =>
        set.Active ?? throw new InvalidOperationException($"The keyring {SigningKeys.Keyring} has no active version.");

    private async Task<SignedToken> SignAsync(AccessToken token, SigningKey key, CancellationToken cancellationToken)
    {
        var signingInput = AccessTokenWriter.SigningInput(token, format, key.KeyId);
        var request = new SignRequest
        {
            Keyring = SigningKeys.Keyring,
            KeyVersion = key.Version,
            Data = UnsafeByteOperations.UnsafeWrap(Encoding.ASCII.GetBytes(signingInput)),
        };
        var answer = await crypto.SignAsync(request, cancellationToken: cancellationToken);
        return AccessTokenWriter.Seal(signingInput, answer.Signature.Span, token);
    }
}

/// <summary>Says what a new token is to say.</summary>
/// <param name="Account">Whom it stands for.</param>
/// <param name="Roles">His roles.</param>
/// <param name="Methods">How he was authenticated.</param>
/// <param name="AuthenticatedAt">When.</param>
/// <param name="ClientId">The workload that it is made for.</param>
/// <param name="SessionId">The session that it goes on with; null begins one.</param>
internal sealed record NewToken(
    Account Account, IReadOnlyList<string> Roles, IReadOnlyList<string> Methods, DateTimeOffset AuthenticatedAt, string ClientId, Guid? SessionId = null)
{
    /// <summary>Returns the type's name.</summary>
    public override string ToString() => nameof(NewToken);
}
