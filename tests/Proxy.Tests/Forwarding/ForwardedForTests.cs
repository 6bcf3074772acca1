using System.Net;
using Snapback.Proxy.Forwarding;
using Xunit;

namespace Snapback.Proxy.Tests.Forwarding;

public sealed class ForwardedForTests
{
    [Theory]
    [InlineData("192.0.2.7", "192.0.2.7")]
    [InlineData("::ffff:192.0.2.7", "192.0.2.7")]
    [InlineData("::ffff:0.0.0.1", "0.0.0.1")]
    [InlineData("2001:db8::1", "2001:db8::1")]
    [InlineData("fe80::1%3", "fe80::1%3")]
    [InlineData("::1", "::1")]
    public void A_client_is_the_same_over_either_kind_of_socket(string address, string text) =>
        Assert.Equal(text, ForwardedFor.Of(IPAddress.Parse(address)));

    [Fact]
    public void A_request_without_an_address_has_none() => Assert.Null(ForwardedFor.Of(null));
}
