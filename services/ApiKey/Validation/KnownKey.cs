using System.Net;
using System.Net.Sockets;
using Google.Protobuf.Collections;
using McpSecure.ApiKey.V1;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.ApiKey;

/// <summary>A key as validation keeps it in memory: with everything made ready that each call would make again.</summary>
internal sealed class KnownKey
{
    private readonly string[] scopes;
    private readonly KeyPermission[] permissions;
    private readonly NetworkRange[] networks;
    private readonly UInt128 subject;
    private readonly RateLimit? limit;
    private readonly RateLimit? limitOfOrganization;
    private readonly UInt128 subjectOfOrganization;

    public KnownKey(ApiKeyRecord record, RateLimitRules rules)
    {
        Record = record;
        Valid = new VerifyResult.Valid(this, Limit: null, ShadowRefused: null);
        scopes = [.. record.Scopes];
        permissions = [.. record.Permissions];
        networks = [.. record.AllowedNetworks.Select(NetworkRange.Of)];
        subject = CounterSubject.Of(record.Id.Value);
        limit = record.RateLimit is { } own ? rules.OfKey(own.Requests, own.Period, own.Burst) : rules.OfAnyKey;
        if (record.OrganizationId is { } organization)
        {
            limitOfOrganization = rules.OfOrganization(organization);
            subjectOfOrganization = CounterSubject.Of(organization);
        }

        var (id, owner, ofOrganization) = (record.Id.ToString(), record.OwnerId.ToString(), record.OrganizationId?.ToString() ?? "");
        Resource = Events.ResourceOf(record.Id);
        Subject = new DecisionSubject(PrincipalType.ApiKey, id, record.Name, ofOrganization, KeyValuePair.Create("owner_id", owner));
        Answer = new ValidateApiKeyResponse
        {
            ApiKeyId = id,
            OwnerId = owner,
            Scopes = { record.Scopes },
            ExpiresAt = record.ExpiresAt is { } end ? Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(end) : null,
            OrganizationId = ofOrganization,
            Permissions =
            {
                record.Permissions.Select(one => new ApiKeyPermission { ResourcePattern = one.Resource.Text, ActionPattern = one.Action.Text }),
            },
        };
    }

    /// <summary>Gets the key as it is kept.</summary>
    public ApiKeyRecord Record { get; }

    /// <summary>Gets what is answered where it is valid and no limit applies.</summary>
    public VerifyResult.Valid Valid { get; }

    /// <summary>Gets its name as a resource.</summary>
    public string Resource { get; }

    /// <summary>Gets whom decisions about it are recorded of.</summary>
    public DecisionSubject Subject { get; }

    /// <summary>Gets the answer about it, without the state of a limit. Shared by all calls: whoever adds to it clones it.</summary>
    public ValidateApiKeyResponse Answer { get; }

    /// <summary>Tells whether it may be used from an address, or from one that is not known.</summary>
    public bool IsAllowedFrom(ClientAddress? address)
    {
        if (networks.Length == 0)
        {
            return true;
        }

        if (address is { } from)
        {
            foreach (var network in networks)
            {
                if (network.Contains(from))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Tells whether it is not narrowed to other things.</summary>
    public bool Allows(RequiredPermission required)
    {
        foreach (var permission in permissions)
        {
            if (permission.Matches(required.Resource, required.Action))
            {
                return true;
            }
        }

        return permissions.Length == 0;
    }

    /// <summary>Finds the first scope that it lacks; null where it has all.</summary>
    public string? FirstMissing(RepeatedField<string> required)
    {
        for (var i = 0; i < required.Count; i++)
        {
            if (Array.IndexOf(scopes, required[i]) < 0)
            {
                return required[i];
            }
        }

        return null;
    }

    /// <summary>Adds its own limit and its organization's.</summary>
    public void AddLimits(ref AppliedLimits limits)
    {
        limits.Add(limit, subject);
        limits.Add(limitOfOrganization, subjectOfOrganization);
    }

    /// <summary>Gives what a limit counts it by. A key without an organization counts as one of its own.</summary>
    public UInt128 SubjectOf(bool byOrganization) => byOrganization && Record.OrganizationId is not null ? subjectOfOrganization : subject;

    private readonly record struct NetworkRange(UInt128 First, UInt128 Mask, bool IsOfIPv4)
    {
        private const int MappedLength = 96;

        public static NetworkRange Of(IPNetwork network)
        {
            _ = ClientAddress.TryParse(network.BaseAddress.ToString(), out var first);
            var length = network.PrefixLength + (network.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? MappedLength : 0);
            var mask = length == 0 ? 0 : UInt128.MaxValue << (128 - length);

            // ::/0 is all of IPv6, and none of IPv4.
            return new NetworkRange(first.Bits & mask, mask, first.IsIPv4 && length >= MappedLength);
        }

        public bool Contains(ClientAddress address) => address.IsIPv4 == IsOfIPv4 && (address.Bits & Mask) == First;
    }
}
