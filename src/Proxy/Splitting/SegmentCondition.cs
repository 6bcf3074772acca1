using System.Security.Claims;
using Microsoft.AspNetCore.WebUtilities;
using Snapback.Control.Rollouts;

namespace Snapback.Proxy.Splitting;

/// <summary>One condition, compiled when its plan was published, so that a request can be held to it without allocation.</summary>
internal abstract class SegmentCondition
{
    private const string Region = "X-Region";

    private static readonly string[] GroupClaims = ["groups", "roles", ClaimTypes.Role];

    /// <param name="client">The hash of the request's sticky key; 0 without one.</param>
    public abstract bool Holds(HttpContext context, ulong client);

    public static IEnumerable<string> GroupsOf(ClaimsPrincipal user) =>
        user.Claims.Where(claim => Array.IndexOf(GroupClaims, claim.Type) >= 0).Select(claim => claim.Value);

    public static SegmentCondition Compile(Condition condition, SegmentFlags flags) => condition.Kind switch
    {
        ConditionKind.Header => new InHeader(condition.Name, ValueSet.Of(condition)),
        ConditionKind.Region => new InHeader(Region, new ValueSet(condition.Values, ignoreCase: true)),
        ConditionKind.Cookie => new InCookie(condition.Name, ValueSet.Of(condition)),
        ConditionKind.Query => new InQuery(condition.Name, ValueSet.Of(condition)),
        ConditionKind.Claim => new InClaim([condition.Name], ValueSet.Of(condition)),
        ConditionKind.Group => new InClaim(GroupClaims, new ValueSet(condition.Values)),
        ConditionKind.All => new AllOf([.. condition.Parts.Select(part => Compile(part, flags))]),
        ConditionKind.Cidr => new InNetwork(new AddressSet(condition.Values)),
        ConditionKind.Path => new AtPath(condition.Values),
        ConditionKind.Method => new ByMethod([.. condition.Values]),
        _ => new ByFlag(condition.Name, flags),
    };

    private sealed class InHeader(string name, ValueSet values) : SegmentCondition
    {
        public override bool Holds(HttpContext context, ulong client)
        {
            foreach (var value in context.Request.Headers[name])
            {
                if (WireText.IsIn(value, values))
                {
                    return true;
                }
            }

            return false;
        }
    }

    private sealed class InCookie(string name, ValueSet values) : SegmentCondition
    {
        public override bool Holds(HttpContext context, ulong client)
        {
            foreach (var line in context.Request.Headers.Cookie)
            {
                var rest = line.AsSpan();
                while (CookieHeader.TryTake(ref rest, name, out var value))
                {
                    if (WireText.IsIn(value, values))
                    {
                        return true;
                    }
                }
            }

            return false;
        }
    }

    private sealed class InQuery(string name, ValueSet values) : SegmentCondition
    {
        public override bool Holds(HttpContext context, ulong client)
        {
            var query = context.Request.QueryString.Value;
            if (!query.AsSpan().Contains(name, StringComparison.Ordinal) && !query.AsSpan().ContainsAny('%', '+'))
            {
                // Parsing the query costs more than any other condition; most requests need not pay for it.
                return false;
            }

            foreach (var pair in new QueryStringEnumerable(query))
            {
                if (pair.DecodeName().Span.SequenceEqual(name) && values.Contains(pair.DecodeValue().Span))
                {
                    return true;
                }
            }

            return false;
        }
    }

    private sealed class InClaim(string[] types, ValueSet values) : SegmentCondition
    {
        public override bool Holds(HttpContext context, ulong client)
        {
            foreach (var claim in context.User.Claims)
            {
                if (Array.IndexOf(types, claim.Type) >= 0 && values.Contains(claim.Value))
                {
                    return true;
                }
            }

            return false;
        }
    }

    private sealed class InNetwork(AddressSet networks) : SegmentCondition
    {
        public override bool Holds(HttpContext context, ulong client) => networks.Contains(context.Connection.RemoteIpAddress);
    }

    private sealed class ByMethod(string[] methods) : SegmentCondition
    {
        public override bool Holds(HttpContext context, ulong client) => Array.IndexOf(methods, context.Request.Method) >= 0;
    }

    private sealed class ByFlag(string flag, SegmentFlags flags) : SegmentCondition
    {
        public override bool Holds(HttpContext context, ulong client) => flags.IsOn(flag, context, client);
    }

    private sealed class AllOf(SegmentCondition[] parts) : SegmentCondition
    {
        public override bool Holds(HttpContext context, ulong client)
        {
            foreach (var part in parts)
            {
                if (!part.Holds(context, client))
                {
                    return false;
                }
            }

            return true;
        }
    }
}
