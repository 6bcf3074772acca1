using Microsoft.AspNetCore.Http;
using Snapback.Proxy.Forwarding;
using Xunit;

namespace Snapback.Proxy.Tests.Forwarding;

public sealed class HopByHopTests
{
    [Theory]
    [InlineData("X-Hop", "X-End Authorization X-Forwarded-For")]
    [InlineData("close, x-hop ,, x-end", "Authorization X-Forwarded-For")]
    [InlineData("authorization, X_FORWARDED_FOR, X-Forwarded-For", "X-Hop X-End Authorization X-Forwarded-For")]
    [InlineData("keep-alive", "X-Hop X-End Authorization X-Forwarded-For")]
    [InlineData("", "X-Hop X-End Authorization X-Forwarded-For")]
    public void What_is_nominated_goes_and_what_may_not_be_nominated_stays(string connection, string left)
    {
        var headers = new HeaderDictionary { ["X-Hop"] = "1", ["X-End"] = "2", ["Authorization"] = "3", ["X-Forwarded-For"] = "4" };
        HopByHop.RemoveNominated(connection, headers);
        Assert.Equal(left, string.Join(' ', headers.Keys));
    }
}
