using System.Text.Json;
using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Proxy.Tests.Hosting;

public sealed class ShippedSettingsTests
{
    [Fact]
    public void They_show_every_switch_and_each_is_on()
    {
        using var shipped = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "appsettings.json")));
        var flags = shipped.RootElement.GetProperty("feature_management").GetProperty("feature_flags").EnumerateArray().ToList();

        Assert.Equal(new RolloutSwitches().All.Select(one => one.Name), flags.Select(flag => flag.GetProperty("id").GetString()!));
        Assert.All(flags, flag => Assert.True(flag.GetProperty("enabled").GetBoolean()));
    }
}
