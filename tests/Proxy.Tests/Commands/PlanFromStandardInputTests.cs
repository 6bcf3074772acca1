using Snapback.Proxy.Commands;
using Xunit;

namespace Snapback.Proxy.Tests.Commands;

/// <summary>A plan comes out of a pipe as well as out of a file: kustomize build . | snapback plan check -</summary>
public sealed class PlanFromStandardInputTests
{
    private const string Plan = """
        name: shop
        stable: a
        canary: b
        steps: [ { weight: 100%, bake: 1m } ]
        objectives: [ { metric: success-rate, min: 99% }, { query: queue_lag, max: 9, interval: 1m } ]
        rollback: { authority: [ op ], deadline: 5m }
        """;

    [Fact]
    public async Task It_is_checked_and_a_query_without_an_address_says_what_the_proxy_must_know()
    {
        var said = await RunAsync(Plan, "plan", "check", "-");

        Assert.Equal((ExitCodes.Done, ""), (said.Code, said.Error));
        Assert.StartsWith("-: rollout 'shop' is valid: 100%", said.Lines[0], StringComparison.Ordinal);
        Assert.Equal(
            "-: note: Check 'query' asks the provider 'prometheus', whose address the proxy's configuration must say: Snapback:Providers:prometheus:Address.",
            said.Lines[^1]);
    }

    [Fact]
    public async Task Its_mistakes_have_lines()
    {
        var said = await RunAsync(Plan + "\nstepz: 1", "plan", "check", "-");

        Assert.Equal(PlanVerb.Invalid, said.Code);
        Assert.StartsWith("-:7:1 stepz:", said.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_is_shown()
    {
        var said = await RunAsync(Plan, "plan", "show", "-");

        Assert.Equal((ExitCodes.Done, ""), (said.Code, said.Error));
        Assert.Contains("queue_lag", said.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_manifest_is_imported()
    {
        const string rollout = """
            apiVersion: argoproj.io/v1alpha1
            kind: Rollout
            metadata: { name: demo }
            spec: { strategy: { canary: { steps: [ { setWeight: 20 }, { pause: { duration: 1m } } ] } } }
            """;

        var said = await RunAsync(rollout, "plan", "import", "-");

        Assert.Equal(ExitCodes.Done, said.Code);
        Assert.StartsWith("# From standard input.\nname: demo\n", said.Out, StringComparison.Ordinal);
    }

    private static Task<Said> RunAsync(string input, params string[] args) => Cli.RunAsync(Cli.Host with { Input = new StringReader(input) }, args);
}
