using Xunit;

namespace Snapback.Proxy.Tests.Commands.Rendering;

public sealed class RolloutListTests
{
    [Theory]
    [InlineData("operator", "ann", "\"prices\"", "operator, by ann: prices")]
    [InlineData("operator", "operator", "null", "operator")]
    [InlineData("success-rate", "judge", "null", "success-rate, by the judge")]
    public async Task Who_rolled_back_and_why_stands_beside_a_rollout_that_was(string trigger, string by, string reason, string told)
    {
        await using var admin = await FakeAdmin.SayingAsync(
            $$"""[{"name":"x","phase":"RolledBack","reason":{{reason}},"rollback":{"trigger":"{{trigger}}","by":"{{by}}"} }]""");

        Assert.EndsWith($"  {told}", (await Cli.RunAsync(admin, "list")).Lines[^1].TrimEnd(), StringComparison.Ordinal);
    }
}
