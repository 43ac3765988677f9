using System.Text.Json;
using McpSecure.ApiKey.V1;
using McpSecure.Audit.V1;
using McpSecure.Auth.V1;
using McpSecure.Authorization.V1;
using McpSecure.Cli.Commands;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Cli.Tests.Commands;

/// <summary>Reads what commands answer when all is well: the table for people, and the shape of the document for programs.</summary>
[Collection(PlatformTests.Name)]
public sealed class AnswerTests : IDisposable
{
    private readonly Desk desk;
    private readonly Script script;

    public AnswerTests(ScriptedPlatform platform)
    {
        desk = Desk.At(platform).SignedIn();
        script = platform.Script.Current = new Script();
        var keyring = new Keyring
        {
            Name = "service-tokens",
            Algorithm = KeyAlgorithm.Xaes256Gcm,
            ActiveVersion = 1,
            CreatedAt = Answers.Noon,
            Versions = { new KeyVersion { Version = 1, State = KeyState.Active, CreatedAt = Answers.Noon } },
        };

        var certificate = new Certificate { Serial = "0a1b", Workload = "weather", AuthorityId = Desk.UserId, Certificate_ = Google.Protobuf.ByteString.CopyFrom(1), IssuedAt = Answers.Noon, ExpiresAt = Answers.Noon };
        var authority = new Authority { AuthorityId = Desk.UserId, State = AuthorityState.Issuing, Certificate = Google.Protobuf.ByteString.CopyFrom(1), IssuesFrom = Answers.Noon, ExpiresAt = Answers.Noon };

        script.On((BootstrapAdministratorRequest _) => new BootstrapAdministratorResponse { UserId = Desk.UserId });
        script.On((SignInRequest _) => Answers.SignedIn());
        script.On((RevokeTokenRequest _) => new RevokeTokenResponse());
        script.On((GetUserRequest _) => new GetUserResponse { User = Answers.User() });
        script.On((CreateUserRequest request) => new CreateUserResponse { User = Answers.User(request.Username, request.Email) });
        script.On((ListUsersRequest _) => new ListUsersResponse { Users = { Answers.User(), Answers.User("bob", "bob@example.org") } });
        script.On((BeginTotpEnrolmentRequest _) => new BeginTotpEnrolmentResponse { Secret = "MZXW6YTB", OtpauthUri = "otpauth://totp/ann" });
        script.On((ConfirmTotpEnrolmentRequest _) => new ConfirmTotpEnrolmentResponse { AccessToken = Answers.AccessToken });
        Keys.Answer(script);
        Rights.Answer(script);
        script.On((CreateKeyringRequest _) => new CreateKeyringResponse { Keyring = keyring });
        script.On((GetKeyringRequest _) => new GetKeyringResponse { Keyring = keyring });
        script.On((ListKeyringsRequest _) => new ListKeyringsResponse { Keyrings = { keyring } });
        script.On((RotateKeyringRequest _) => new RotateKeyringResponse { Keyring = keyring });
        script.On((UpdateKeyringRequest _) => new UpdateKeyringResponse { Keyring = keyring });
        script.On((DisableKeyVersionRequest _) => new DisableKeyVersionResponse { Keyring = keyring });
        script.On((EnableKeyVersionRequest _) => new EnableKeyVersionResponse { Keyring = keyring });
        script.On((ScheduleDestructionRequest _) => new ScheduleDestructionResponse { Keyring = keyring });
        script.On((CancelDestructionRequest _) => new CancelDestructionResponse { Keyring = keyring });
        var kek = new KeyEncryptionKey { Id = "kek", State = KeyEncryptionKeyState.Pending, RootKey = "file:1", CreatedAt = keyring.CreatedAt };
        script.On((ListKeyEncryptionKeysRequest _) => new ListKeyEncryptionKeysResponse { KeyEncryptionKeys = { kek } });
        script.On((RotateKeyEncryptionKeyRequest _) => new RotateKeyEncryptionKeyResponse { KeyEncryptionKey = kek });
        script.On((ListCertificatesRequest _) => new ListCertificatesResponse { Certificates = { certificate } });
        script.On((IssueWorkloadCertificateRequest _) => new IssueWorkloadCertificateResponse { Certificate = certificate });
        script.On((RevokeCertificateRequest request) => new RevokeCertificateResponse { Serials = { request.HasSerial ? request.Serial : "0a1b" } });
        script.On((GetTrustBundleRequest _) => new GetTrustBundleResponse { Authorities = { authority } });
        script.On((RotateAuthorityRequest _) => new RotateAuthorityResponse { Authority = authority });
        script.On((RemoveAuthorityRequest _) => new RemoveAuthorityResponse());
        Vaults.Answer(script);
        script.On((EncryptRequest _) => new EncryptResponse { Ciphertext = "mcs1.service-tokens.1.AAAA" });
        script.On((QueryEventsRequest _) => new QueryEventsResponse { Events = { Answers.Event(2), Answers.Event(1) } });
    }

    public void Dispose() => desk.Dispose();

    [Theory]
    [InlineData("bootstrap ann --secret-stdin --password-stdin", "userId username")]
    [InlineData("signin ann --password-stdin", "userId username expiresAt authenticationMethods")]
    [InlineData("signout", "username")]
    [InlineData("whoami", "userId username roles authenticationMethods totpEnrolled expiresAt")]
    [InlineData("whoami --show-token", "token expiresAt")]
    [InlineData("mfa enrol", "secret otpauthUri secretFile")]
    [InlineData("mfa confirm --code-stdin", "userId username expiresAt authenticationMethods")]
    [InlineData("totp --secret-stdin", "code secondsLeft")]
    [InlineData("users create bob --password-stdin", "userId username email totpEnrolled createdAt")]
    [InlineData("users get ann", "userId username email totpEnrolled createdAt")]
    [InlineData("users list", "users[userId username email totpEnrolled createdAt]")]
    [InlineData("organizations create acme --display-name Acme", "organizationId name displayName createdAt rightsRevision")]
    [InlineData("organizations get acme", "organizationId name displayName createdAt")]
    [InlineData("organizations list", "organizations[organizationId name displayName createdAt]")]
    [InlineData("organizations update acme --display-name Acme", "organizationId name displayName createdAt rightsRevision")]
    [InlineData("organizations delete acme", "organizationId rightsRevision")]
    [InlineData("organizations members add acme ann", "principalType principalId joinedAt rightsRevision")]
    [InlineData("organizations members remove acme ann", "organizationId principalType principalId rightsRevision")]
    [InlineData("organizations members list acme", "members[principalType principalId joinedAt]")]
    [InlineData("roles list", "roles[name description builtIn permissions[resource action effect requiresSecondFactor] organizationId includes revision createdAt changedAt]")]
    [InlineData("roles get operator --organization acme", "name description builtIn permissions[resource action effect requiresSecondFactor] organizationId includes revision createdAt changedAt")]
    [InlineData("roles create operator --organization acme --allow servers:read", "name description builtIn permissions[resource action effect requiresSecondFactor] organizationId includes revision createdAt changedAt rightsRevision")]
    [InlineData("roles update operator --organization acme --allow servers:read", "name description builtIn permissions[resource action effect requiresSecondFactor] organizationId includes revision createdAt changedAt rightsRevision")]
    [InlineData("roles delete operator --organization acme", "organizationId role rightsRevision")]
    [InlineData("roles assign ann viewer", "principalType principalId role organizationId subtree assignedAt expiresAt rightsRevision")]
    [InlineData("roles assign ann viewer --dry-run", "dryRun changes[principalType principalId organizationId resource action allowedBefore allowedAfter] truncated")]
    [InlineData("roles unassign ann viewer", "principalType principalId role organizationId subtree rightsRevision")]
    [InlineData("roles assignments", "assignments[principalType principalId role organizationId subtree assignedAt expiresAt]")]
    [InlineData("grants grant ann servers:read", "grantId principalType principalId organizationId permission{resource action effect requiresSecondFactor} createdAt expiresAt rightsRevision")]
    [InlineData("grants revoke 01890a5d-ac96-774b-bcce-b302099a8059", "grantId organizationId rightsRevision")]
    [InlineData("grants list", "grants[grantId principalType principalId organizationId permission{resource action effect requiresSecondFactor} createdAt expiresAt]")]
    [InlineData("resources register servers/weather", "resource organizationId ownerType ownerId registeredAt rightsRevision")]
    [InlineData("resources get servers/weather", "resource organizationId ownerType ownerId registeredAt")]
    [InlineData("resources list", "resources[resource organizationId ownerType ownerId registeredAt]")]
    [InlineData("resources transfer servers/weather ann", "resource organizationId ownerType ownerId registeredAt rightsRevision")]
    [InlineData("resources unregister servers/weather", "resource organizationId rightsRevision")]
    [InlineData("keys create ci --scope mcp:read", "apiKey{apiKeyId name ownerId organizationId state scopes permissions[resource action] networks rateLimit{requests periodSeconds burst} metadata{team} displayPrefix createdAt expiresAt disabledAt revokedAt successorId lastUsedAt} secret secretFile")]
    [InlineData("keys get 01890a5d-ac96-774b-bcce-b302099a8057", "apiKeyId name ownerId organizationId state scopes permissions[resource action] networks rateLimit{requests periodSeconds burst} metadata{team} displayPrefix createdAt expiresAt disabledAt revokedAt successorId lastUsedAt")]
    [InlineData("keys list", "apiKeys[apiKeyId name ownerId organizationId state scopes permissions[resource action] networks rateLimit{requests periodSeconds burst} metadata{team} displayPrefix createdAt expiresAt disabledAt revokedAt successorId lastUsedAt]")]
    [InlineData("keys update 01890a5d-ac96-774b-bcce-b302099a8057 --name cd", "apiKeyId name ownerId organizationId state scopes permissions[resource action] networks rateLimit{requests periodSeconds burst} metadata{team} displayPrefix createdAt expiresAt disabledAt revokedAt successorId lastUsedAt")]
    [InlineData("keys disable 01890a5d-ac96-774b-bcce-b302099a8057", "apiKeyId name ownerId organizationId state scopes permissions[resource action] networks rateLimit{requests periodSeconds burst} metadata{team} displayPrefix createdAt expiresAt disabledAt revokedAt successorId lastUsedAt")]
    [InlineData("keys enable 01890a5d-ac96-774b-bcce-b302099a8057", "apiKeyId name ownerId organizationId state scopes permissions[resource action] networks rateLimit{requests periodSeconds burst} metadata{team} displayPrefix createdAt expiresAt disabledAt revokedAt successorId lastUsedAt")]
    [InlineData("keys rotate 01890a5d-ac96-774b-bcce-b302099a8057 --overlap 1h", "apiKey{apiKeyId name ownerId organizationId state scopes permissions[resource action] networks rateLimit{requests periodSeconds burst} metadata{team} displayPrefix createdAt expiresAt disabledAt revokedAt successorId lastUsedAt} secret secretFile previous{apiKeyId name ownerId organizationId state scopes permissions[resource action] networks rateLimit{requests periodSeconds burst} metadata{team} displayPrefix createdAt expiresAt disabledAt revokedAt successorId lastUsedAt}")]
    [InlineData("keys revoke 01890a5d-ac96-774b-bcce-b302099a8057", "apiKeyId name ownerId organizationId state scopes permissions[resource action] networks rateLimit{requests periodSeconds burst} metadata{team} displayPrefix createdAt expiresAt disabledAt revokedAt successorId lastUsedAt")]
    [InlineData("keys revoke --all-of-owner ann --yes", "ownerId organizationId revoked")]
    [InlineData("keys revoke --all-of-organization 01890a5d-ac96-774b-bcce-b302099a8057 --yes", "ownerId organizationId revoked")]
    [InlineData("keys report-leak --key-stdin", "apiKeyId revokedAt")]
    [InlineData("keys usage 01890a5d-ac96-774b-bcce-b302099a8057", "apiKeyId lastUsedAt hours[start allowed denied limited]")]
    [InlineData("keys validate --key-stdin", "valid reason apiKeyId ownerId organizationId scopes permissions[resource action] expiresAt rateLimit{limit burst remaining resetAfterSeconds retryAfterSeconds}")]
    [InlineData("limits check --endpoint search", "allowed rateLimit{limit burst remaining resetAfterSeconds retryAfterSeconds}")]
    [InlineData("check servers:read", "allowed reason principalType principalId organizationId resource action secondFactor scopes narrowedTo revision explanation")]
    [InlineData("check servers:read --explain", "allowed reason principalType principalId organizationId resource action secondFactor scopes narrowedTo revision explanation{text reason roles matchedRules[role resource action effect requiresSecondFactor throughRoles grantId ownedResource organizationId subtree expiresAt] decidingRule{role resource action effect requiresSecondFactor throughRoles grantId ownedResource organizationId subtree expiresAt} coveringScopes}")]
    [InlineData("permissions", "principalType principalId organizationId rules[role resource action effect requiresSecondFactor throughRoles grantId ownedResource organizationId subtree expiresAt]")]
    [InlineData("resources allowed read", "principalType principalId organizationId action resources")]
    [InlineData("who-can servers:read", "resource action organizationId principals[principalType principalId]")]
    [InlineData("keyrings create service-tokens", "name algorithm activeVersion createdAt rotationSeconds minDecryptionVersion destroyAt destroyedAt versions[version state createdAt activateAt destroyAt]")]
    [InlineData("keyrings get service-tokens", "name algorithm activeVersion createdAt rotationSeconds minDecryptionVersion destroyAt destroyedAt versions[version state createdAt activateAt destroyAt]")]
    [InlineData("keyrings list", "keyrings[name algorithm activeVersion createdAt rotationSeconds minDecryptionVersion destroyAt destroyedAt versions[version state createdAt activateAt destroyAt]]")]
    [InlineData("keyrings rotate service-tokens", "name algorithm activeVersion createdAt rotationSeconds minDecryptionVersion destroyAt destroyedAt versions[version state createdAt activateAt destroyAt]")]
    [InlineData("keyrings update service-tokens --rotate-every 30d --min-version 1", "name algorithm activeVersion createdAt rotationSeconds minDecryptionVersion destroyAt destroyedAt versions[version state createdAt activateAt destroyAt]")]
    [InlineData("keyrings disable service-tokens 1", "name algorithm activeVersion createdAt rotationSeconds minDecryptionVersion destroyAt destroyedAt versions[version state createdAt activateAt destroyAt]")]
    [InlineData("keyrings enable service-tokens 1", "name algorithm activeVersion createdAt rotationSeconds minDecryptionVersion destroyAt destroyedAt versions[version state createdAt activateAt destroyAt]")]
    [InlineData("keyrings destroy service-tokens --version 1 --delay 45d", "name algorithm activeVersion createdAt rotationSeconds minDecryptionVersion destroyAt destroyedAt versions[version state createdAt activateAt destroyAt]")]
    [InlineData("keyrings spare service-tokens", "name algorithm activeVersion createdAt rotationSeconds minDecryptionVersion destroyAt destroyedAt versions[version state createdAt activateAt destroyAt]")]
    [InlineData("keyrings keks list", "keyEncryptionKeys[id state sealedKeys rootKey createdAt]")]
    [InlineData("keyrings keks rotate", "id state sealedKeys rootKey createdAt")]
    [InlineData("certificates list --workload weather", "certificates[workload serial authorityId issuedAt expiresAt revokedAt pem]")]
    [InlineData("certificates issue weather", "workload serial authorityId issuedAt expiresAt revokedAt pem")]
    [InlineData("certificates revoke 0a1b --key-lost", "serials")]
    [InlineData("certificates revoke --workload weather", "serials")]
    [InlineData("certificates authorities", "authorities[authorityId state imported issuesFrom expiresAt pem]")]
    [InlineData("certificates rotate", "authorityId state imported issuesFrom expiresAt pem")]
    [InlineData("certificates remove 01890a5d-ac96-774b-bcce-b302099a8057", "authorityId")]
    [InlineData("encrypt service-tokens", "keyring ciphertext")]
    [InlineData("rewrap service-tokens", "keyring keyVersion ciphertext")]
    [InlineData("data-key service-tokens", "keyring keyVersion ciphertext keyBase64 secretFile")]
    [InlineData("data-key service-tokens --wrapped-only", "keyring keyVersion ciphertext keyBase64 secretFile")]
    [InlineData("decrypt service-tokens", "keyVersion plaintextBase64 file")]
    [InlineData("sign token-signing", "keyring algorithm keyVersion signature")]
    [InlineData("verify token-signing 1.AAAA", "valid keyring keyVersion")]
    [InlineData("keyrings jwks token-signing", "keys[kty]")]
    [InlineData("fernet encrypt python", "keyring token")]
    [InlineData("fernet decrypt python --max-age 1h", "keyVersion createdAt plaintextBase64 file")]
    [InlineData("fernet rotate python", "keyring keyVersion token")]
    [InlineData("fernet import python --key-stdin", "keyring keyVersion")]
    [InlineData("secrets put billing/stripe-key --expect-version 0 --lifetime 30d", "path version createdAt expiresAt")]
    [InlineData("secrets get billing/stripe-key --version 1", "path version createdAt expiresAt valueBase64 file")]
    [InlineData("secrets describe billing/stripe-key", "path newestVersion createdAt updatedAt maxVersions lifetimeSeconds checkRequired metadata{owner} versions[version state createdAt expiresAt]")]
    [InlineData("secrets list billing", "secrets[path newestVersion updatedAt]")]
    [InlineData("secrets set billing/stripe-key --max-versions 5", "path newestVersion createdAt updatedAt maxVersions lifetimeSeconds checkRequired metadata{owner} versions[version state createdAt expiresAt]")]
    [InlineData("secrets delete billing/stripe-key 1 2", "path newestVersion createdAt updatedAt maxVersions lifetimeSeconds checkRequired metadata{owner} versions[version state createdAt expiresAt]")]
    [InlineData("secrets undelete billing/stripe-key 1", "path newestVersion createdAt updatedAt maxVersions lifetimeSeconds checkRequired metadata{owner} versions[version state createdAt expiresAt]")]
    [InlineData("secrets destroy billing/stripe-key 1", "path newestVersion createdAt updatedAt maxVersions lifetimeSeconds checkRequired metadata{owner} versions[version state createdAt expiresAt]")]
    [InlineData("secrets remove billing/stripe-key", "path")]
    [InlineData("databases put shop --connection-stdin", "name host database username leases templates[database name creationStatements renewalStatements revocationStatements defaultLifetimeSeconds maxLifetimeSeconds maxLeases]")]
    [InlineData("databases list", "databases[name host database username leases templates[database name creationStatements renewalStatements revocationStatements defaultLifetimeSeconds maxLifetimeSeconds maxLeases]]")]
    [InlineData("databases delete shop", "name")]
    [InlineData("databases templates put shop reader --lifetime 1h --max-lifetime 1d", "database name creationStatements renewalStatements revocationStatements defaultLifetimeSeconds maxLifetimeSeconds maxLeases")]
    [InlineData("databases templates delete shop reader", "database name")]
    [InlineData("credentials create shop reader", "leaseId username password secretFile expiresAt maxExpiresAt")]
    [InlineData("leases list shop", "leases[leaseId username state ownerId createdAt expiresAt maxExpiresAt failedRevocations]")]
    [InlineData("leases renew shop/reader/1 --lifetime 1h", "leaseId username state ownerId createdAt expiresAt maxExpiresAt failedRevocations")]
    [InlineData("leases revoke shop/reader/1", "leaseId revoked")]
    [InlineData("leases revoke-all shop", "prefix leases")]
    [InlineData("accounts list", "accounts[workload username version since ready]")]
    [InlineData("accounts rotate auth", "workload username version since ready")]
    [InlineData("sanitize", "text findings{email}")]
    [InlineData(
        "audit query",
        "events[sequence recordedAt eventId occurredAt source action outcome severity actor caller resource organizationId reason traceId clientAddress attributes{}]")]
    [InlineData("completion bash", "text")]
    public async Task Json_OfEveryCommand_HasItsShape(string line, string shape)
    {
        var secret = line.Contains("--code-stdin", StringComparison.Ordinal) ? "123456" : "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
        var ran = await desk.RunAsync(new TestTerminal($"{secret}\n{secret}\n"), [.. line.Split(' '), "--json"]);

        Assert.Equal(ExitCode.Ok, ran.ExitCode);
        Assert.Empty(ran.Error);
        Assert.Equal(shape, Shape(ran.Json)[1..^1]);
    }

    [Theory]
    [InlineData("certificates revoke")]
    [InlineData("certificates revoke 0a1b --workload weather")]
    public async Task CertificatesRevoke_OfNothingOrOfTwoThings_IsInvalidInput(string line)
    {
        var ran = await desk.RunAsync(line.Split(' '));

        Assert.Equal(ExitCode.InvalidInput, ran.ExitCode);
        Assert.Contains("a serial number or a workload", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CertificatesIssue_OfARequestInPem_SendsItsDer_AndWritesPem()
    {
        Google.Protobuf.ByteString? sent = null;
        var answer = new Certificate { Workload = "weather", Certificate_ = Google.Protobuf.ByteString.CopyFrom(1, 2, 3), IssuedAt = Answers.Noon, ExpiresAt = Answers.Noon };
        script.On((IssueWorkloadCertificateRequest request) =>
        {
            sent = request.CertificateRequest;
            return new IssueWorkloadCertificateResponse { Certificate = answer };
        });

        var ran = await desk.RunAsync(
            new TestTerminal("-----BEGIN CERTIFICATE REQUEST-----\nBAUG\n-----END CERTIFICATE REQUEST-----\n"), "certificates", "issue", "weather");

        Assert.Equal([4, 5, 6], sent!.ToByteArray());
        Assert.Equal("-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n", ran.Out);
    }

    [Fact]
    public async Task Table_OfUsers_HasARowEach()
    {
        var ran = await desk.RunAsync("users", "list");

        Assert.Equal(
            """
            NAME  USER ID                               EMAIL            AUTHENTICATOR  MADE
            ann   01890a5d-ac96-774b-bcce-b302099a8057  -                no             2026-01-31 12:00:00Z
            bob   01890a5d-ac96-774b-bcce-b302099a8057  bob@example.org  no             2026-01-31 12:00:00Z

            """,
            ran.Out);
    }

    [Fact]
    public async Task Table_WithTextOfAnAttacker_StaysATable()
    {
        script.On((ListUsersRequest _) => new ListUsersResponse { Users = { Answers.User("\u001b[2Jmallory\nroot  \u202eyes", "a\rb") } });

        var ran = await desk.RunAsync("users", "list");

        var lines = ran.Out.TrimEnd('\n').Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.StartsWith("\\u{1b}[2Jmallory root \\u{202e}yes  ", lines[1], StringComparison.Ordinal);
        Assert.DoesNotContain(ran.Out, character => character is '\u001b' or '\u202e' or '\r');
    }

    [Fact]
    public async Task List_OfSeveralPages_ReadsThemAllAndAsksForNoMoreThanWanted()
    {
        script.On((ListUsersRequest request) => request.PageToken.Length == 0
            ? new ListUsersResponse { Users = { Answers.User() }, NextPageToken = "next" }
            : new ListUsersResponse { Users = { Answers.User("bob") } });

        var all = await desk.RunAsync("users", "list", "--json");
        await desk.RunAsync("users", "list", "--limit", "2");

        Assert.Equal(2, all.Json.GetProperty("users").GetArrayLength());
        Assert.Equal([(1000, ""), (1000, "next"), (2, ""), (1, "next")], script.Requests<ListUsersRequest>().Select(request => (request.PageSize, request.PageToken)));
    }

    [Fact]
    public async Task Check_Denied_IsAnAnswerWithExitCodeOne()
    {
        var ran = await desk.RunAsync("check", "servers/a:b:delete");

        Assert.Equal(ExitCode.Denied, ran.ExitCode);
        Assert.Equal("denied: servers/a:b:delete\n", ran.Out);
        Assert.Empty(ran.Error);
        Assert.Equal(("servers/a:b", "delete"), script.Requests<CheckPermissionRequest>().Select(asked => (asked.Question.Resource, asked.Question.Action)).Single());
    }

    // Services refuse such a resource; the command does not count on it.
    [Fact]
    public void Decision_OfAResourceThatSteersTheTerminal_IsWrittenHarmless()
    {
        var question = new PermissionQuestion { Principal = Rights.Ann, Resource = "x\u001b[1A\nallowed: servers", Action = "delete" };
        var decision = DecisionView.Of(question, new CheckPermissionResponse());

        Assert.Equal("denied: x\\u{1b}[1A allowed: servers:delete\n", DecisionView.ForPeople(decision));
    }

    [Fact]
    public async Task Validate_OfAKeyThatIsNotValid_IsAnAnswerWithExitCodeOne()
    {
        script.Refuse<ValidateApiKeyRequest>(() => Refusal.Because(ErrorReason.ApiKeyInvalid, "The key is not valid."));

        var ran = await desk.RunAsync(new TestTerminal("mcp_sk_wrong\n"), "keys", "validate", "--key-stdin", "--json");

        Assert.Equal(ExitCode.Denied, ran.ExitCode);
        Assert.False(ran.Json.GetProperty("valid").GetBoolean());
        Assert.Equal("API_KEY_INVALID", ran.Json.GetProperty("reason").GetString());
        Assert.Empty(ran.Error);
    }

    [Fact]
    public async Task Query_WithEveryFilter_AsksForIt()
    {
        await desk.RunAsync(
            "audit", "query", "--trace-id", "4bf92f3577b34da6a3ce929d0e0e4736", "--actor", "a", "--action", "auth.", "--resource", "users/1",
            "--source", "auth", "--outcome", "denied", "--since", "2026-01-31T08:00", "--until", "2026-02-01");

        Assert.Equal(
            """{ "traceId": "4bf92f3577b34da6a3ce929d0e0e4736", "actorId": "a", "action": "auth.", "resource": "users/1", "outcome": "OUTCOME_DENIED", "since": "2026-01-31T08:00:00Z", "until": "2026-02-01T00:00:00Z", "source": "auth" }""",
            script.Requests<QueryEventsRequest>().Single().Filter.ToString());
    }

    [Fact]
    public async Task Command_ThatTheUserEnds_Answers130()
    {
        using var ending = new CancellationTokenSource();
        script.OnStream<TailEventsRequest, TailEventsResponse>(async (_, _, context) =>
        {
            await ending.CancelAsync();
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
        });

        var code = await CommandLine.RunAsync(
            ["--profile", desk.ProfilePath, "--session", desk.SessionPath, "audit", "tail", "--from", "1"], new TestTerminal(), desk.Clock, ending.Token);

        Assert.Equal(130, code);
    }

    // Members in order; what a list or an object holds in brackets, and of a list the first alone.
    private static string Shape(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => $"{{{string.Join(' ', element.EnumerateObject().Select(member => member.Name + Shape(member.Value)))}}}",
        JsonValueKind.Array => element.GetArrayLength() > 0 && element[0].ValueKind == JsonValueKind.Object ? $"[{Shape(element[0])[1..^1]}]" : "",
        _ => "",
    };
}
