using Snapback.Control.Sharing.Fleet;
using Xunit;

namespace Snapback.Control.Tests.Sharing.Fleet;

/// <summary>What is wrong with a connection to Redis is said with the value and the rule, and never with a password.</summary>
public sealed class FleetOptionsTests
{
    [Theory]
    [InlineData("127.0.0.1:6379")]
    [InlineData("redis")]
    [InlineData("a:1, b:65535,password=x:y==,ssl=true,")]
    [InlineData("[::1]:6379,ssl=true")]
    [InlineData("[::1]")]
    [InlineData("::1")]
    public void A_connection_that_can_be_used_has_no_problem(string connection) => Assert.Null(FleetOptions.Problem(connection));

    [Theory]
    [InlineData("127.0.0.1:abc", "'abc' is no port: a port is a number from 1 to 65535.")]
    [InlineData("127.0.0.1:99999", "'99999' is no port: a port is a number from 1 to 65535.")]
    [InlineData("good:1,host:-1", "'-1' is no port: a port is a number from 1 to 65535.")]
    [InlineData("[::1]:0", "'0' is no port: a port is a number from 1 to 65535.")]
    [InlineData("127.0.0.1:", "'' is no port: a port is a number from 1 to 65535.")]
    [InlineData("6379", "'6379' is a number and no host.")]
    [InlineData("redis://user:secret@host:6379", "it is a URL, and these are not read.")]
    [InlineData("user:secret@host:6379", "a server's name has no '@', and URLs are not read.")]
    [InlineData("host:6379,password=my,secret", "behind the password stands a part without '='. Servers come first, and a password has no comma.")]
    [InlineData("password=my,ssl=true,host:6379", "behind the password stands a part without '='. Servers come first, and a password has no comma.")]
    [InlineData("127.0.0.1:6379,ssl=maybe", "Keyword 'ssl' requires a boolean value; the value 'maybe' is not recognised.")]
    [InlineData("ssl=true", "it names no server.")]
    public void A_connection_that_cannot_be_used_is_told_why(string connection, string problem) =>
        Assert.Equal(problem, FleetOptions.Problem(connection));

    [Fact]
    public void The_rest_of_a_password_with_a_comma_is_not_repeated() =>
        Assert.DoesNotContain("secret", FleetOptions.Problem("host:6379,password=my,secret:99999"), StringComparison.Ordinal);
}
