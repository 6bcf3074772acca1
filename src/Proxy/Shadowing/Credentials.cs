using System.Collections.Frozen;
using Snapback.Control.Signing;
using Snapback.Proxy.Forwarding;

namespace Snapback.Proxy.Shadowing;

/// <summary>What would let a copy act in its user's name, by the names that standards and the big platforms give it.</summary>
internal static class Credentials
{
    private static readonly FrozenSet<string> Headers = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "Authorization", "Proxy-Authorization", "Cookie", "Cookie2", "DPoP", "Signature", "Signature-Input",
        "X-Api-Key", "Api-Key", "X-Auth-Token", "X-Access-Token", "X-Session-Token", "X-Csrf-Token", "X-Xsrf-Token",
        "X-Auth-Request-Access-Token", "X-Pomerium-Jwt-Assertion", "X-Vault-Token", "Private-Token",
        "X-Forwarded-Access-Token", "X-Forwarded-Client-Cert", "X-Client-Cert", "Client-Cert", "Client-Cert-Chain",
        "X-Amz-Security-Token", "X-Amzn-Oidc-Data", "X-Amzn-Oidc-Accesstoken", "X-Goog-Iap-Jwt-Assertion", "X-Goog-Api-Key",
        "Cf-Access-Jwt-Assertion", "Ocp-Apim-Subscription-Key", "X-Ms-Token-Aad-Access-Token", "X-Ms-Token-Aad-Id-Token",
        OverrideToken.Header);

    /// <summary>Of a query: access tokens (RFC 6750, 2.3), the signatures of pre-signed URLs, and API keys.</summary>
    private static readonly string[] Parameters =
    [
        "access_token", "id_token", "api_key", "apikey", "token", "auth_token", "refresh_token", "jwt", "sig", "signature", "x-amz-signature",
        "x-goog-signature",
    ];

    public static bool IsOne(string header) =>
        Headers.Contains(header)
            || (header.Contains('_', StringComparison.Ordinal) && Headers.Any(known => OwnHeaders.Is(header, known.ToLowerInvariant())));

    /// <summary>True if the query has one. Such a request is not copied at all: without the parameter it would be another request.</summary>
    /// <param name="allowed">Parameters that the plan lets copies keep.</param>
    public static bool AreIn(QueryString query, IReadOnlyList<string> allowed)
    {
        if (!query.HasValue)
        {
            return false;
        }

        foreach (var pair in new Microsoft.AspNetCore.WebUtilities.QueryStringEnumerable(query.Value))
        {
            var name = pair.DecodeName().Span;
            foreach (var known in Parameters)
            {
                if (name.Equals(known, StringComparison.OrdinalIgnoreCase) && !allowed.Contains(known, StringComparer.OrdinalIgnoreCase))
                {
                    return true;
                }
            }
        }

        return false;
    }
}
