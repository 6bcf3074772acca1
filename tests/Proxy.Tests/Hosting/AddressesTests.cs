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
    public void Every_address_that_cannot_be_listened_on_is_named(string urls, int problems)
    {
        var sentences = Addresses.Problems("--urls", urls).ToArray();
        Assert.Equal(problems, sentences.Length);
        Assert.All(sentences, sentence => Assert.StartsWith("--urls: '", sentence, StringComparison.Ordinal));
    }
}
