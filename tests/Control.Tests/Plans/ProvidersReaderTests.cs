using Microsoft.Extensions.Configuration;
using Snapback.Control.Plans;
using Xunit;

namespace Snapback.Control.Tests.Plans;

public sealed class ProvidersReaderTests
{
    [Theory]
    [InlineData("Address", "prom:9090", "Snapback:Providers:main:Address: 'prom:9090' is not an absolute http or https URL.")]
    [InlineData("Address", "http://me:secret@prom:9090", "Snapback:Providers:main:Address: The URL carries a user or a password")]
    [InlineData("Headers:X Org", "1", "Snapback:Providers:main:Headers:X Org: 'X Org' is no name of a header.")]
    [InlineData("Headers:Authorization", "Bearer a\n", "Snapback:Providers:main:Headers:Authorization: its value has more than one line")]
    public void What_can_never_work_is_told_at_the_start(string key, string value, string sentence)
    {
        var problem = Assert.Single(Problems(key, value));
        Assert.StartsWith(sentence, problem, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Address", "http://prometheus:9090")]
    [InlineData("Address", "https://mimir.example/prometheus/")]
    [InlineData("Headers:X-Scope-OrgID", "tenant")]
    [InlineData("Address", "")]
    public void What_can_be_asked_is_taken(string key, string value) => Assert.Empty(Problems(key, value));

    private static List<string> Problems(string key, string value)
    {
        var problems = new List<string>();
        ProvidersReader.Check(new ConfigurationBuilder().AddInMemoryCollection([new($"Snapback:Providers:main:{key}", value)]).Build(), problems);
        return problems;
    }
}
