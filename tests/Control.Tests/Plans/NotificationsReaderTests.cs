using Microsoft.Extensions.Configuration;
using Snapback.Control.Plans;
using Xunit;

namespace Snapback.Control.Tests.Plans;

/// <summary>The receivers that the configuration names for every rollout.</summary>
public sealed class NotificationsReaderTests
{
    [Theory]
    [InlineData("Snapback:Notifications", "http://events/in")]
    [InlineData("Snapback:Notifications:url", "http://events/in")]
    public void Receivers_that_are_no_list_are_a_mistake_since_nobody_would_be_told(string key, string value) => Assert.StartsWith(
        "Snapback:Notifications: This is no list, and nobody would be told. Write [ { format: ",
        Assert.Single(Read(key, value).Problems),
        StringComparison.Ordinal);

    [Fact]
    public void An_empty_list_is_nobody()
    {
        var (told, problems) = Read("Snapback:Notifications", "");
        Assert.Empty(told);
        Assert.Empty(problems);
    }

    [Fact]
    public void A_list_is_taken()
    {
        var (told, problems) = Read("Snapback:Notifications:0:url", "http://events/in");
        Assert.Equal(["events"], told);
        Assert.Empty(problems);
    }

    private static (IEnumerable<string> Told, List<string> Problems) Read(string key, string value)
    {
        var problems = new List<string>();
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create(key, (string?)value)]).Build();
        return (NotificationsReader.Read(configuration, problems).Select(one => one.Name), problems);
    }
}
