using System.Collections.Immutable;

namespace Snapback.Proxy.Hosting;

/// <summary>
/// An invalid value of YARP's section that YARP would report without its path or a remedy, or, as a destination's address without a scheme,
/// not before the first request.
/// </summary>
/// <param name="Place">Its path in the configuration.</param>
/// <param name="Rule">The rule that it breaks, and what to write.</param>
/// <param name="Instead">A valid value to put in its place, so that YARP can report what else is wrong.</param>
internal sealed record WrongValue(string Place, string Value, string Rule, string Instead)
{
    private static readonly ImmutableArray<string> Policies = ["FirstAlphabetical", "LeastRequests", "PowerOfTwoChoices", "Random", "RoundRobin"];

    private static readonly ImmutableArray<string> Versions = ["1", "1.0", "1.1", "2", "2.0", "3", "3.0"];

    public string Sentence => $"{Place} is '{Value}': {Rule}";

    /// <param name="section">The <c>ReverseProxy</c> section.</param>
    public static IEnumerable<WrongValue> Of(IConfigurationSection section)
    {
        foreach (var cluster in section.GetSection("Clusters").GetChildren())
        {
            var balancing = cluster.GetSection("LoadBalancingPolicy");
            if (Find(balancing, known => Policies.Contains(known, StringComparer.OrdinalIgnoreCase)) is var (place, policy))
            {
                yield return new WrongValue(
                    place,
                    policy,
                    $"there is no such policy. Name one of {string.Join(", ", Policies)}, or leave it out for PowerOfTwoChoices.",
                    Policies[0]);
            }

            if (Find(cluster.GetSection("HttpRequest:Version"), version => Versions.Contains(version)) is var (at, version))
            {
                yield return new WrongValue(
                    at,
                    version,
                    "requests go out by HTTP 1.0, 1.1, 2 or 3. Write the number alone, or leave it out for 2 or what is lower.",
                    Versions[0]);
            }

            foreach (var destination in cluster.GetSection("Destinations").GetChildren())
            {
                if (Find(destination.GetSection("Address"), IsAddress) is var (where, address))
                {
                    yield return new WrongValue(
                        where,
                        address,
                        "an address is an absolute URL. Write it with http:// or https:// and a host, as http://127.0.0.1:5001.",
                        "http://localhost");
                }
            }
        }
    }

    /// <summary>The configuration with a valid value in place of each wrong one.</summary>
    public static IConfiguration Mend(IConfiguration configuration, IReadOnlyList<WrongValue> wrong) => wrong.Count == 0
        ? configuration
        : new ConfigurationBuilder()
            .AddConfiguration(configuration)
            .AddInMemoryCollection(wrong.ToDictionary(value => value.Place, string? (value) => value.Instead))
            .Build();

    private static (string Place, string Value)? Find(IConfigurationSection setting, Func<string, bool> isRight) =>
        setting.Value is { Length: > 0 } value && !isRight(value) ? (setting.Path, value) : null;

    private static bool IsAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri)
            && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps);
}
