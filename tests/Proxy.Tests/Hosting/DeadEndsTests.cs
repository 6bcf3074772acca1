using Microsoft.Extensions.Configuration;
using Snapback.Proxy.Hosting;
using Xunit;

namespace Snapback.Proxy.Tests.Hosting;

public sealed class DeadEndsTests
{
    private static readonly Settings AsSidecar = new() { Stable = ["http://127.0.0.1:1"], Canary = ["http://127.0.0.1:2"] };

    [Theory]
    [InlineData("true", 0)]
    [InlineData("false", 1)]
    [InlineData(null, 1)]
    public void Values_that_differ_in_case_only_tell_routes_apart_where_case_counts(string? counts, int problems)
    {
        var configuration = Configuration(
        [
            .. Route("upper", "Gold", counts),
            .. Route("lower", "gold", counts),
        ]);

        Assert.Equal(problems, DeadEnds.Of(AsSidecar, configuration).Count());
    }

    /// <summary>The framework answers each request to such a route with 500.</summary>
    [Theory]
    [InlineData("AuthorizationPolicy", "Default", false, "Say which are, under Authentication:Schemes:Bearer")]
    [InlineData("AuthorizationPolicy", "default", true, null)]
    [InlineData("AuthorizationPolicy", "anonymous", false, null)]
    [InlineData("CorsPolicy", "default", true, "ReverseProxy:Routes:r:CorsPolicy is 'default'")]
    [InlineData("CorsPolicy", "disable", false, "Leave it out")]
    [InlineData("RateLimiterPolicy", "disable", false, null)]
    public void A_policy_that_nothing_here_serves_keeps_it_from_starting(string key, string policy, bool takesTokens, string? said)
    {
        Dictionary<string, string?> settings = new()
        {
            ["ReverseProxy:Routes:r:ClusterId"] = Sidecar.Stable,
            ["ReverseProxy:Routes:r:Match:Path"] = "/{**any}",
            [$"ReverseProxy:Routes:r:{key}"] = policy,
        };
        if (takesTokens)
        {
            settings["Authentication:Schemes:Bearer:Authority"] = "https://issuer.example";
        }

        var problems = DeadEnds.Of(AsSidecar, Configuration(settings)).ToList();

        if (said is null)
        {
            Assert.Empty(problems);
        }
        else
        {
            Assert.Contains(said, Assert.Single(problems), StringComparison.Ordinal);
        }
    }

    private static IEnumerable<KeyValuePair<string, string?>> Route(string name, string plan, string? caseCounts)
    {
        const string at = "ReverseProxy:Routes:";
        yield return new($"{at}{name}:ClusterId", Sidecar.Stable);
        yield return new($"{at}{name}:Match:Path", "/{**any}");
        yield return new($"{at}{name}:Match:Headers:0:Name", "X-Plan");
        yield return new($"{at}{name}:Match:Headers:0:Values:0", plan);
        yield return new($"{at}{name}:Match:Headers:0:IsCaseSensitive", caseCounts);
    }

    private static IConfiguration Configuration(IEnumerable<KeyValuePair<string, string?>> values) =>
        new ConfigurationBuilder().AddInMemoryCollection(values).Build();
}
