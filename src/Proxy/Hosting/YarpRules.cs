using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing.Patterns;
using Snapback.Proxy.Forwarding.Lean;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;

namespace Snapback.Proxy.Hosting;

/// <summary>What texts of YARP's section must be so that requests can be answered with them.</summary>
internal static partial class YarpRules
{
    private const string NoToken = "it is no token. Write letters, digits and -, without blanks.";
    private const string MethodChange = "HttpMethodChange";
    private const string HeaderPrefix = "HeaderPrefix";

    private static readonly ImmutableArray<string> Policies = ["FirstAlphabetical", "LeastRequests", "PowerOfTwoChoices", "Random", "RoundRobin"];
    private static readonly ImmutableArray<string> Versions = ["1", "1.0", "1.1", "2", "2.0", "3", "3.0"];
    private static readonly ImmutableArray<string> Proxies = ["http", "https", "socks4", "socks4a", "socks5"];

    /// <summary>Transforms whose value is the name of a header, a method, or the beginning of a header's name.</summary>
    private static readonly ImmutableArray<string> Tokens =
        ["RequestHeader", "ResponseHeader", "ResponseTrailer", "ClientCert", HeaderPrefix, MethodChange];

    /// <summary>Not at a start that needs none of them.</summary>
    private static readonly Lazy<ParameterPolicyFactory> Constraints =
        new(static () => new ServiceCollection().AddRouting().BuildServiceProvider().GetRequiredService<ParameterPolicyFactory>());

    private static readonly Dictionary<(Type, string), Func<YarpSetting, string, (string Rule, string Instead)?>> Rules = new()
    {
        [(typeof(RouteConfig), nameof(RouteConfig.RouteId))] = static (_, text) => text.Length > 0
            ? ($$"""the name of a route is its key. Write "Routes": { "{{text}}": { … } }.""", "")
            : null,
        [(typeof(RouteConfig), nameof(RouteConfig.MaxRequestBodySize))] = static (_, text) => text.StartsWith('-') && text != "-1"
            ? ("a body has no negative size. Write bytes, or -1 for no limit.", "-1")
            : null,
        [(typeof(RouteConfig), nameof(RouteConfig.Transforms))] = Transform,
        [(typeof(RouteMatch), nameof(RouteMatch.Path))] = static (_, text) => Pattern(text),
        [(typeof(RouteMatch), nameof(RouteMatch.Hosts))] = static (_, text) => HostPattern().IsMatch(text)
            ? null
            : ("a host is a name, *.name or *, and :port behind it if it matters. Write it without a scheme, a path and brackets, as shop.example.",
                "localhost"),
        [(typeof(ClusterConfig), nameof(ClusterConfig.LoadBalancingPolicy))] = static (_, text) =>
            text.Length == 0 || Policies.Contains(text, StringComparer.OrdinalIgnoreCase)
                ? null
                : ($"there is no such policy. Name one of {string.Join(", ", Policies)}, or leave it out for PowerOfTwoChoices.", Policies[0]),
        [(typeof(ForwarderRequestConfig), nameof(ForwarderRequestConfig.Version))] = Version,
        [(typeof(ForwarderRequestConfig), nameof(ForwarderRequestConfig.ActivityTimeout))] = static (_, text) =>
            text.Contains(':', StringComparison.Ordinal) && TimeSpan.Parse(text, System.Globalization.CultureInfo.InvariantCulture) > TimeSpan.Zero
                ? null
                : ("no upstream answers in no time. Write 00:01:40 for 100 s, or leave it out for that.", "00:01:40"),
        [(typeof(DestinationConfig), nameof(DestinationConfig.Address))] = Address,
        [(typeof(DestinationConfig), nameof(DestinationConfig.Health))] = Address,
        [(typeof(DestinationConfig), nameof(DestinationConfig.Host))] = static (_, text) => text.Length == 0 || IsHost(text)
            ? null
            : ("it is no host. Write a name, and :port behind it if it matters, as shop.example.", "localhost"),
        [(typeof(SessionAffinityConfig), nameof(SessionAffinityConfig.AffinityKeyName))] = static (_, text) =>
            text.Length == 0 ? null : Token(text),
        [(typeof(ActiveHealthCheckConfig), nameof(ActiveHealthCheckConfig.Path))] = static (_, text) =>
            text.Length == 0 || text.StartsWith('/') ? null : ("a path begins with /. Write it so, as /healthz.", "/"),
        [(typeof(ActiveHealthCheckConfig), nameof(ActiveHealthCheckConfig.Query))] = static (_, text) =>
            text.Length == 0 || text.StartsWith('?') ? null : ($"a query begins with ?. Write ?{text}.", "?"),
        [(typeof(HttpClientConfig), nameof(HttpClientConfig.RequestHeaderEncoding))] = EncodingName,
        [(typeof(HttpClientConfig), nameof(HttpClientConfig.ResponseHeaderEncoding))] = EncodingName,
        [(typeof(WebProxyConfig), nameof(WebProxyConfig.Address))] = static (_, text) =>
            Uri.TryCreate(text, UriKind.Absolute, out var uri) && Proxies.Contains(uri.Scheme) && uri.Host.Length > 0
                ? null
                : ($"a proxy is an absolute URL. Write it with one of {string.Join(", ", Proxies.Select(scheme => scheme + "://"))} and a host.",
                    "http://localhost"),
    };

    /// <returns>What is wrong with the setting's text, and a valid one; null for a right one.</returns>
    public static (string Rule, string Instead)? Broken(YarpSetting setting, string text) =>
        setting.Property is { } property && Rules.GetValueOrDefault((property.DeclaringType!, property.Name)) is { } rule
            ? rule(setting, text)
            : null;

    /// <summary>Whether requests can be sent there: a query would swallow their paths, and a user and a password would be sent to nobody.</summary>
    public static bool IsAddress(string text) => Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps)
        && uri.UserInfo.Length == 0
        && !text.AsSpan().ContainsAny('?', '#');

    /// <summary>The text without a password in it, and without a query, which may be one.</summary>
    public static string Shown(string text) => Query().Replace(UserInfo().Replace(text, "$1***@"), "?…");

    private static (string, string)? Address(YarpSetting setting, string text) => text.Length == 0 || IsAddress(text)
        ? null
        : ("an address is an absolute URL without a user, a query and a fragment. " +
            "Write it with http:// or https:// and a host, as http://127.0.0.1:5001.", "http://localhost");

    private static (string, string)? Version(YarpSetting setting, string text)
    {
        if (text.Length > 0 && !Versions.Contains(text))
        {
            return ("requests go out by HTTP 1.0, 1.1 or 2. Write the number alone, or leave it out for 2 or what is lower.", Versions[0]);
        }

        var isDemanded = Enum.TryParse<HttpVersionPolicy>(setting.Parent["VersionPolicy"], ignoreCase: true, out var policy)
            && policy != HttpVersionPolicy.RequestVersionOrLower;
        return text.StartsWith('3') && isDemanded ? ($"HTTP/3 is not spoken here, and {policy} demands it. Write 2.", Versions[0]) : null;
    }

    private static (string, string)? Transform(YarpSetting setting, string text)
    {
        var key = setting.Section.Key;
        if (Tokens.Contains(key, StringComparer.OrdinalIgnoreCase)
            || (key.Equals("Set", StringComparison.OrdinalIgnoreCase) && setting.Parent[MethodChange] is not null))
        {
            return text.Length == 0 && key.Equals(HeaderPrefix, StringComparison.OrdinalIgnoreCase) ? null : Token(text);
        }

        return key.Equals("PathPattern", StringComparison.OrdinalIgnoreCase) ? Pattern(text) : null;
    }

    private static (string, string)? Pattern(string text)
    {
        try
        {
            foreach (var (_, constraints) in RoutePatternFactory.Parse(text).ParameterPolicies)
            {
                foreach (var constraint in constraints)
                {
                    _ = Constraints.Value.Create(null, constraint);
                }
            }

            return null;
        }
        catch (RoutePatternException e)
        {
            return ($"it is no route pattern. {e.Message} Write it as /shop/{{**rest}}.", "/");
        }
        catch (Exception e) when (e is RouteCreationException or InvalidOperationException)
        {
            return ("one of its constraints is not known, or is given what it does not take. Write ASP.NET Core's, as /shop/{id:int}.", "/");
        }
    }

    private static (string, string)? Token(string text) => HeaderLine.IsToken(Encoding.UTF8.GetBytes(text)) ? null : (NoToken, "x");

    private static (string, string)? EncodingName(YarpSetting setting, string text)
    {
        try
        {
            _ = Encoding.GetEncoding(text);
            return null;
        }
        catch (ArgumentException)
        {
            return ("there is no such encoding. Write utf-8 or iso-8859-1.", "utf-8");
        }
    }

    private static bool IsHost(string text) => !text.Any(char.IsWhiteSpace)
        && Uri.TryCreate($"http://{text}/", UriKind.Absolute, out var uri)
        && uri.PathAndQuery == "/" && uri.UserInfo.Length == 0 && uri.Fragment.Length == 0;

    // A routing table with any other host in it throws at every request, of other routes too.
    [GeneratedRegex(@"^(\*|(\*\.)?[^\s:/*\[\]]+)(:(\*|[0-9]{1,5}))?\z")]
    private static partial Regex HostPattern();

    // A password that was not escaped may have a slash or another @ in it.
    [GeneratedRegex(@"^([\w+.-]+://)?.*@", RegexOptions.Singleline)]
    private static partial Regex UserInfo();

    [GeneratedRegex(@"(?<=^[\w+.-]+://[^?]*)\?.+", RegexOptions.Singleline)]
    private static partial Regex Query();
}
