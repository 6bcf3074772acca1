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
        Assert.True(TryTake(header, out var value));
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
    public void It_finds_nothing_else(string? header) => Assert.False(TryTake(header, out _));

    [Fact]
    public void It_agrees_with_splitting_the_header_apart()
    {
        var text = Gen.String[Gen.Char["abs=i d"], 0, 8];
        text.Array[0, 6].Sample(parts =>
        {
            var expected = parts.Select(part => part.Trim(' ')).FirstOrDefault(part => part.StartsWith("sid=", StringComparison.Ordinal));
            var found = TryTake(string.Join(';', parts), out var value);
            return found ? value.SequenceEqual(expected.AsSpan(4)) && expected is not null : expected is null;
        });
    }

    [Theory]
    [InlineData("1", "sid=1; sid=2", "sid=3")]
    [InlineData("2", "sid=; sid=2")]
    [InlineData("3", "sid=; a=b", "sid=3; sid=4")]
    [InlineData(null, "sid=; sid=\"\"", "sid=")]
    public void Of_several_the_first_that_is_not_empty_is_found(string? expected, params string[] lines)
    {
        Assert.Equal(expected is not null, CookieHeader.TryFind(lines, "sid", out var value));
        Assert.Equal(expected ?? "", value.ToString());
    }

    private static bool TryTake(string? header, out ReadOnlySpan<char> value)
    {
        var rest = header.AsSpan();
        return CookieHeader.TryTake(ref rest, "sid", out value);
    }
}
