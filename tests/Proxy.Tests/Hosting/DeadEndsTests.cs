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
