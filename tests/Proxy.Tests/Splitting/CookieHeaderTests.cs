using CsCheck;
using Snapback.Proxy.Splitting;
using Xunit;

namespace Snapback.Proxy.Tests.Splitting;

public sealed class CookieHeaderTests
{
    [Theory]
    [InlineData("sid=1", "1")]
    [InlineData("a=b; sid=1; c=d", "1")]
    [InlineData("a=b;sid=1;c=d", "1")]
    [InlineData("  sid=1  ;", "1")]
    [InlineData("sid=\"quoted\"", "quoted")]
    [InlineData("sid=a=b==", "a=b==")]
    [InlineData("sid=", "")]
    [InlineData("sid=1; sid=2", "1")]
    [InlineData("my-sid=0; sid=1", "1")]
    [InlineData("sid2=0; sid=1", "1")]
    [InlineData("si=0; sid=1", "1")]
    [InlineData("a=sid=0; sid=1", "1")]
    [InlineData(";;;sid=1", "1")]
    public void It_finds_the_cookie_of_just_that_name(string header, string expected)
    {
        Assert.True(CookieHeader.TryFind(header, "sid", out var value));
        Assert.Equal(expected, value.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(";")]
    [InlineData("sid")]
    [InlineData("SID=1")]
    [InlineData("sid2=1")]
    [InlineData("xsid=1")]
    [InlineData("sid =1")]
    [InlineData("a=sid")]
    public void It_finds_nothing_else(string? header) => Assert.False(CookieHeader.TryFind(header, "sid", out _));

    [Fact]
    public void It_agrees_with_splitting_the_header_apart()
    {
        var text = Gen.String[Gen.Char["abs=i d"], 0, 8];
        text.Array[0, 6].Sample(parts =>
        {
            var expected = parts.Select(part => part.Trim(' ')).FirstOrDefault(part => part.StartsWith("sid=", StringComparison.Ordinal));
            var found = CookieHeader.TryFind(string.Join(';', parts), "sid", out var value);
            return found ? value.SequenceEqual(expected.AsSpan(4)) && expected is not null : expected is null;
        });
    }
}
