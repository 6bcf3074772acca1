using System.Net;
using Snapback.Control.Hooks;
using Xunit;

namespace Snapback.Control.Tests.Hooks;

public sealed class TargetGuardTests
{
    [Theory]
    [InlineData("hooks.example.com", "93.184.216.34")]
    [InlineData("hooks.example.com", "2606:2800:220:1::1")]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("localhost", "::1")]
    [InlineData("[::1]", "::1")]
    public void Public_addresses_and_loopback_written_as_such_may_be_reached(string host, string address) => Assert.Null(Refusal(host, address));

    [Theory]
    [InlineData("evil.example.com", "127.0.0.1")]
    [InlineData("evil.example.com", "::1")]
    [InlineData("evil.example.com", "::ffff:127.0.0.1")]
    [InlineData("evil.example.com", "::ffff:10.0.0.1")]
    [InlineData("evil.example.com", "64:ff9b::10.0.0.1")]
    [InlineData("evil.example.com", "2002:0a00:0001::1")]
    [InlineData("localhost", "10.0.0.1")]
    [InlineData("127.0.0.2", "127.0.0.2")]
    [InlineData("smoke-runner", "10.1.2.3")]
    [InlineData("smoke-runner", "172.31.0.1")]
    [InlineData("smoke-runner", "192.168.1.1")]
    [InlineData("smoke-runner", "100.64.0.1")]
    [InlineData("smoke-runner", "fd12:3456::1")]
    public void Private_addresses_need_the_allow_list(string host, string address) =>
        Assert.Equal(
            $"{host} is at {IPAddress.Parse(address)}, a private address; add {host} or its network to Snapback:Hooks:Allow",
            Refusal(host, address));

    [Theory]
    [InlineData("smoke-runner", "10.1.2.3", "smoke-runner")]
    [InlineData("Smoke-Runner", "10.1.2.3", "smoke-runner")]
    [InlineData("smoke.svc.cluster.local", "10.1.2.3", "*.svc.cluster.local")]
    [InlineData("anything", "10.1.2.3", "10.0.0.0/8")]
    [InlineData("anything", "::ffff:10.1.2.3", "10.0.0.0/8")]
    [InlineData("anything", "fd12::1", "fd12::/16")]
    [InlineData("127.0.0.2", "127.0.0.2", "127.0.0.2")]
    public void The_allow_list_names_hosts_addresses_and_networks(string host, string address, string entry) =>
        Assert.Null(Refusal(host, address, entry));

    [Theory]
    [InlineData("169.254.169.254")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("64:ff9b::a9fe:a9fe")]
    [InlineData("fe80::1")]
    [InlineData("fd00:ec2::254")]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("ff02::1")]
    public void What_no_hook_can_be_meant_for_is_refused_whatever_the_list_says(string address) =>
        Assert.EndsWith(", which no hook may reach", Refusal("metadata", address, "metadata", "0.0.0.0/0", "::/0"), StringComparison.Ordinal);

    private static string? Refusal(string host, string address, params string[] allow)
    {
        var networks = allow
            .Select(entry => IPAddress.TryParse(entry, out _) ? entry + "/32" : entry)
            .Select(entry => IPNetwork.TryParse(entry, out var network) ? network : (IPNetwork?)null)
            .OfType<IPNetwork>();
        return new TargetGuard([.. allow], [.. networks]).Refusal(host, IPAddress.Parse(address));
    }
}
