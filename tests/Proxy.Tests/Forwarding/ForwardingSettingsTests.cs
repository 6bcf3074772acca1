using System.Net;
using Microsoft.Extensions.Configuration;
using Snapback.Proxy.Forwarding;
using Xunit;

namespace Snapback.Proxy.Tests.Forwarding;

public sealed class ForwardingSettingsTests
{
    [Theory]
    [InlineData("10.0.0.0/8, ::1,192.0.2.7", "10.0.0.0/8 ::1/128 192.0.2.7/32", 0)]
    [InlineData("", "", 0)]
    [InlineData("10.0.0.1/8", "10.0.0.0/8", 0)]
    [InlineData("10.0.0.0/33,nobody", "", 2)]
    public void Trusted_proxies_are_addresses_and_networks(string text, string networks, int problems)
    {
        var (settings, told) = Read(("TrustedProxies", text));
        Assert.Equal((networks, problems), (string.Join(' ', settings.TrustedProxies), told.Count));
    }

    [Fact]
    public void A_list_of_the_configuration_is_read_too()
    {
        var (settings, _) = Read(("TrustedProxies:0", "10.0.0.0/8"), ("TrustedProxies:1", "fd00::/8"));
        Assert.True(settings.Trusts(IPAddress.Parse("::ffff:10.1.2.3")));
        Assert.True(settings.Trusts(IPAddress.Parse("fd00::7")));
        Assert.False(settings.Trusts(IPAddress.Parse("11.0.0.1")));
        Assert.False(settings.Trusts(null));
    }

    [Fact]
    public void What_is_no_choice_is_told_with_those_there_are()
    {
        var (_, told) = Read(("EncodedSlashes", "yes"));
        Assert.Contains("refuse (the default) and pass", Assert.Single(told), StringComparison.Ordinal);
        Assert.True(Read(("EncodedSlashes", "pass")).Settings.PassEncodedSlashes);
    }

    [Theory]
    [InlineData("90s", 90_000, 0)]
    [InlineData("off", -1, 0)]
    [InlineData("0s", 300_000, 1)]
    [InlineData("5", 300_000, 1)]
    [InlineData("", 300_000, 1)]
    public void The_age_of_a_connection_is_a_duration(string text, int milliseconds, int problems)
    {
        var (settings, told) = Read(("ConnectionAge", text));
        Assert.Equal((milliseconds, problems), (settings.ConnectionAge.TotalMilliseconds, told.Count));
        Assert.All(told, problem => Assert.StartsWith($"Snapback:ConnectionAge: '{text}' is not a duration.", problem, StringComparison.Ordinal));
    }

    private static (ForwardingSettings Settings, List<string> Problems) Read(params (string Key, string Value)[] entries)
    {
        var problems = new List<string>();
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(entries.Select(entry => KeyValuePair.Create<string, string?>("Snapback:" + entry.Key, entry.Value)))
            .Build();
        return (ForwardingSettings.Read(configuration.GetSection("Snapback"), problems), problems);
    }
}
