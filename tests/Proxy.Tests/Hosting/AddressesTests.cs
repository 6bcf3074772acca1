using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;
using Snapback.Proxy.Hosting;
using Xunit;

namespace Snapback.Proxy.Tests.Hosting;

public sealed class AddressesTests
{
    [Theory]
    [InlineData("http://127.0.0.1:8081", true)]
    [InlineData("http://localhost:1;http://[::1]:2", true)]
    [InlineData("http://127.8.8.8:1", true)]
    [InlineData("http://*:8081", false)]
    [InlineData("http://0.0.0.0:8081", false)]
    [InlineData("http://[::]:8081", false)]
    [InlineData("http://admin.example:8081", false)]
    [InlineData("http://127.0.0.1:1;http://10.0.0.1:1", false)]
    public void Only_loopback_addresses_are_loopback(string urls, bool expected) => Assert.Equal(expected, Addresses.AreLoopback(urls));

    [Theory]
    [InlineData("http://*:80", 0)]
    [InlineData("http://a:1;https://b:2", 0)]
    [InlineData("ftp://a:1", 1)]
    [InlineData("nonsense", 1)]
    [InlineData("ftp://a;http://ok:1;x", 2)]
    [InlineData("http://127.0.0.1:65535;http://[::1]:1;http://::1:1;http://localhost:1/", 0)]
    [InlineData("http://127.0.0.1:65536;http://127.0.0.1:-1", 2)]
    [InlineData("http://127.0.0.1:abc;http://[::1", 2)]
    [InlineData("http://127.0.0.1:1/admin;http://localhost:0", 2)]
    [InlineData("http://fd:2;https://fd:65000", 2)]
    public void Every_address_that_cannot_be_listened_on_is_named(string urls, int problems)
    {
        var sentences = Addresses.Problems("--urls", urls).ToArray();
        Assert.Equal(problems, sentences.Length);
        Assert.All(sentences, sentence => Assert.StartsWith("--urls: '", sentence, StringComparison.Ordinal));
    }

    [Fact]
    public void Only_traffic_comes_by_sockets_that_were_passed_and_then_all_of_it()
    {
        using var passed = new TcpListener(IPAddress.Loopback, 0);
        passed.Start();
        var url = $"http://fd:{passed.Server.Handle}";
        Assert.Empty(Addresses.Problems("--urls", url));
        Assert.Contains("both passed sockets and addresses", Addresses.Problems("--urls", $"{url};http://127.0.0.1:1").Single(), StringComparison.Ordinal);
        Assert.Contains("only --urls takes one", Addresses.GuardedProblems("--admin-urls", url, true, "SNAPBACK_TOKEN").Single(), StringComparison.Ordinal);

        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { ["Kestrel:Endpoints:traffic:Url"] = url })
            .Build();
        Assert.Contains("Leave Kestrel:Endpoints out", Preflight.Listeners(new Settings(), configuration).Single(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_unix_socket_is_refused_for_what_it_is(bool isGuarded) => Assert.Equal(
        ["--admin-urls: 'http://unix:/run/a.sock' is a Unix socket, and neither the command line, a browser nor a probe can ask one. Listen on 127.0.0.1."],
        Addresses.GuardedProblems("--admin-urls", "http://127.0.0.1:1;http://unix:/run/a.sock", isGuarded, "SNAPBACK_TOKEN"));

    [Fact]
    public void Two_sides_at_one_address_and_an_address_of_another_machine_are_named()
    {
        const string elsewhere = "http://192.0.2.1:1", free = "http://127.0.0.1:0";
        Assert.Empty(
            Addresses.Taken(
                new Addresses.Side("--urls", free),
                new Addresses.Side("--admin-urls", free),
                new Addresses.Side("--flags-urls", "")));
        Assert.Collection(
            Addresses.Taken(new Addresses.Side("--urls", $"{free};{elsewhere}"), new Addresses.Side("--admin-urls", "nonsense")),
            problem => Assert.StartsWith($"--urls: cannot listen on {elsewhere}: ", problem, StringComparison.Ordinal));
        using var lent = new TcpListener(IPAddress.Loopback, 0);
        lent.Start();
        var port = ((IPEndPoint)lent.LocalEndpoint).Port;
        var one = $"http://127.0.0.1:{port}";
        lent.Stop();
        Assert.Empty(Addresses.Taken(new Addresses.Side("--urls", one), new Addresses.Side("--admin-urls", $"http://127.0.0.2:{port}")));
        Assert.Single(Addresses.Taken(new Addresses.Side("--urls", $"http://*:{port}"), new Addresses.Side("--admin-urls", one)));
        Assert.Collection(
            Addresses.Taken(new Addresses.Side("--urls", one), new Addresses.Side("--admin-urls", one)),
            problem => Assert.StartsWith($"--admin-urls: cannot listen on {one}: ", problem, StringComparison.Ordinal));
    }
}
