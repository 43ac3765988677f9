using System.Buffers.Text;
using System.Diagnostics;
using System.Text;
using Grpc.Core;
using McpSecure.Auth.V1;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Auth;

/// <summary>Answers calls that manage user accounts.</summary>
internal sealed class UserGrpcService(ActorGate gate, UserRegistration registration, UserStore store, DecisionTrail decisions, AuditEvents events)
    : UserService.UserServiceBase
{
    private const string Resource = "users";
    private const int DefaultPageSize = 100;

    public override async Task<CreateUserResponse> CreateUser(CreateUserRequest request, ServerCallContext context)
    {
        var administrator = await RequireAsync(context, "auth.user.created", "create", StepUp.Required);
        var user = new NewUser(request.Username, Password.From(request.Password), request.Email is { Length: > 0 } email ? email : null);
        var result = await registration.RegisterAsync(user, administrator, CallOrigin.Of(context, events), context.CancellationToken);

        return result switch
        {
            RegistrationResult.Registered(var account) => new() { User = Messages.From(account) },
            RegistrationResult.PasswordRefused(var verdict) => throw Messages.PasswordRefused(verdict),
            RegistrationResult.UsernameTaken => throw Refusal.Because(ErrorReason.UsernameTaken, "The user name is taken.", ("username", user.Username)),
            RegistrationResult.Busy => throw Messages.Busy(),
            _ => throw new UnreachableException(),
        };
    }

    public override async Task<GetUserResponse> GetUser(GetUserRequest request, ServerCallContext context)
    {
        var actor = await gate.IdentifyAsync(context);
        var himself = request.KeyCase == GetUserRequest.KeyOneofCase.UserId ? request.UserId == actor.UserId : request.Username == actor.Username;
        if (!himself)
        {
            // Before the look: whoever may not read users must not learn which there are.
            await RequireAsync(context, "auth.user.read", "read", StepUp.NotRequired);
        }

        var found = request.KeyCase == GetUserRequest.KeyOneofCase.UserId
            ? await store.FindAsync(Guid.Parse(request.UserId), context.CancellationToken)
            : await store.FindAsync(request.Username, context.CancellationToken);
        return found is not null
            ? new GetUserResponse { User = Messages.From(found) }
            : throw Refusal.Because(ErrorReason.UserNotFound, "There is no such user.");
    }

    public override async Task<ListUsersResponse> ListUsers(ListUsersRequest request, ServerCallContext context)
    {
        await RequireAsync(context, "auth.user.listed", "read", StepUp.NotRequired);
        var after = request.PageToken.Length == 0 ? "" : await LastOfPageAsync(request.PageToken, context.CancellationToken);
        var limit = request.PageSize == 0 ? DefaultPageSize : request.PageSize;
        var found = await store.ListAsync(after, limit + 1, context.CancellationToken);

        var response = new ListUsersResponse { Users = { found.Take(limit).Select(Messages.From) } };
        if (found.Count > limit)
        {
            response.NextPageToken = TokenOf(found[limit - 1].Username);
        }

        return response;
    }

    private async Task<Actor> RequireAsync(ServerCallContext context, string auditedAs, string action, StepUp stepUp)
    {
        try
        {
            return await gate.RequireAsync(context, Resource, action, stepUp);
        }
        catch (Refusal refusal) when (refusal.Reason is ErrorReason.PermissionDenied or ErrorReason.StepUpRequired)
        {
            decisions.Record(events.Start(context, auditedAs).On(Resource).Denied(Refusal.NameOf(refusal.Reason)));
            throw;
        }
    }

    private static string TokenOf(string username) => Base64Url.EncodeToString(Encoding.ASCII.GetBytes(username));

    // The name that the page before ended with. Names stay, so a token that names nobody was not given here.
    private async Task<string> LastOfPageAsync(string token, CancellationToken cancellationToken)
    {
        var name = new byte[Base64Url.GetMaxDecodedLength(token.Length)];
        if (Base64Url.IsValid(token) && Base64Url.TryDecodeFromChars(token, name, out var length))
        {
            var after = Encoding.ASCII.GetString(name, 0, length);

            // Postgres takes no NUL in a text, and one page has one token.
            if (!after.Contains('\0') && token == TokenOf(after) && await store.FindAsync(after, cancellationToken) is not null)
            {
                return after;
            }
        }

        throw Refusal.Because(ErrorReason.PageTokenInvalid, "This page token was not given here.");
    }
}
