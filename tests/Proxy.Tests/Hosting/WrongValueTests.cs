using Microsoft.Extensions.Configuration;
using Snapback.Proxy.Hosting;
using Xunit;

namespace Snapback.Proxy.Tests.Hosting;

/// <summary>What YARP reports without its place, or takes although no request could be answered, is said with place, value and remedy.</summary>
public sealed class WrongValueTests
{
    private const string Route = "ReverseProxy:Routes:r:";
    private const string Cluster = "ReverseProxy:Clusters:c:";

    [Theory]
    [InlineData(Route + "RouteId", "shop", "the name of a route is its key. Write \"Routes\": { \"shop\": { … } }.")]
    [InlineData(Route + "Order", "first", "it is no whole number up to 2147483647. Write one in digits.")]
    [InlineData(Route + "Order", "99999999999", "it is no whole number up to 2147483647. Write one in digits.")]
    [InlineData(Route + "MaxRequestBodySize", "10MB", "it is no whole number up to 9223372036854775807. Write one in digits.")]
    [InlineData(Route + "MaxRequestBodySize", "-5", "a body has no negative size. Write bytes, or -1 for no limit.")]
    [InlineData(Route + "Timeout", "30s", "a time is written as hours:minutes:seconds here. Write 00:00:30.")]
    [InlineData(Route + "Timeout", "90", "that would be days. Write 00:01:30 for 90 s, or 90.00:00:00 if you mean days.")]
    [InlineData(Route + "Timeout", "00:00:60", "it is no time in hours:minutes:seconds. Write 00:00:30 for 30 s.")]
    [InlineData(Route + "Match:Headers:0:Mode", "Prefix", "it is not known. Write one of ExactHeader, HeaderPrefix, Contains, NotContains, Exists, NotExists.")]
    [InlineData(Route + "Match:Headers:0:IsCaseSensitive", "yes", "it is neither true nor false. Write one of them.")]
    [InlineData(Route + "Match:Hosts:0", "http://shop.example", "as shop.example.")]
    [InlineData(Route + "Match:Hosts:0", "[::1]", "as shop.example.")]
    [InlineData(Route + "Match:Hosts:0", "a*.example", "as shop.example.")]
    [InlineData(Route + "Match:Path", "/{id}/{id}", "it is no route pattern. The route parameter name 'id' appears more than one time")]
    [InlineData(Route + "Match:Path", "/{id:number}", "one of its constraints is not known, or is given what it does not take.")]
    [InlineData(Route + "Match:Path", "/{id:length(a)}", "Write ASP.NET Core's, as /shop/{id:int}.")]
    [InlineData(Route + "Transforms:0:RequestHeader", "X A", "it is no token. Write letters, digits and -, without blanks.")]
    [InlineData(Route + "Transforms:1:PathPattern", "/a/{b", "it is no route pattern.")]
    [InlineData(Cluster + "LoadBalancingPolicy", "Fastest", "Name one of FirstAlphabetical, LeastRequests, PowerOfTwoChoices, Random, RoundRobin, or leave it out")]
    [InlineData(Cluster + "HttpRequest:Version", "HTTP/2", "requests go out by HTTP 1.0, 1.1 or 2. Write the number alone")]
    [InlineData(Cluster + "HttpRequest:VersionPolicy", "Exact", "it is not known. Write one of RequestVersionOrLower, RequestVersionOrHigher, RequestVersionExact.")]
    [InlineData(Cluster + "HttpRequest:VersionPolicy", "7", "it is not known.")]
    [InlineData(Cluster + "HttpRequest:ActivityTimeout", "00:00:00", "no upstream answers in no time.")]
    [InlineData(Cluster + "HttpRequest:ActivityTimeout", "-00:00:01", "no upstream answers in no time.")]
    [InlineData(Cluster + "HttpRequest:ActivityTimeout", "", "it is no time in hours:minutes:seconds.")]
    [InlineData(Cluster + "HttpClient:SslProtocols:0", "Tls1.3", "it is not known. Did you mean Tls13?")]
    [InlineData(Cluster + "HttpClient:SslProtocols:0", "12", "it is not known.")]
    [InlineData(Cluster + "HttpClient:RequestHeaderEncoding", "latin-one", "there is no such encoding. Write utf-8 or iso-8859-1.")]
    [InlineData(Cluster + "HttpClient:WebProxy:Address", "localhost:3128", "a proxy is an absolute URL.")]
    [InlineData(Cluster + "HealthCheck:Active:Path", "healthz", "a path begins with /.")]
    [InlineData(Cluster + "HealthCheck:Active:Query", "a=1", "a query begins with ?. Write ?a=1.")]
    [InlineData(Cluster + "SessionAffinity:AffinityKeyName", "a;b", "it is no token.")]
    [InlineData(Cluster + "Destinations:d:Address", "localhost:5001", "Write it with http:// or https:// and a host, as http://127.0.0.1:5001.")]
    [InlineData(Cluster + "Destinations:d:Address", "http://127.0.0.1:5001/#a", "an address is an absolute URL without a user, a query and a fragment.")]
    [InlineData(Cluster + "Destinations:d:Health", "healthz", "an address is an absolute URL")]
    [InlineData(Cluster + "Destinations:d:Host", "shop.example/a", "it is no host.")]
    public async Task A_wrong_text_is_the_one_thing_that_is_said(string place, string value, string rule)
    {
        var problem = Assert.Single(await ProblemsAsync((place, value)));
        Assert.StartsWith($"{place} is '{value}': ", problem, StringComparison.Ordinal);
        Assert.Contains(rule, problem, StringComparison.Ordinal);
    }

    /// <summary>YARP passes over both in silence: a route for GET was one for every method.</summary>
    [Theory]
    [InlineData(Route + "Match:Methods", "is one text, which nothing reads. Write [ \"GET\" ].", "", "GET")]
    [InlineData(Cluster + "HttpClient:SslProtocols", "is one text, which nothing reads. Write [ \"Tls13\" ].", "", "Tls13")]
    [InlineData(Cluster + "HealthCheck", "is one text, which nothing reads. Write a section with Passive, Active, AvailableDestinationsPolicy.", "", "true")]
    [InlineData(Cluster + "Metadata", "is one text, which nothing reads. Write { \"name\": \"value\" }.", "", "x")]
    [InlineData(Route + "Transforms:PathPrefix", "is one text, which nothing reads. Write [ { \"PathPrefix\": \"…\" } ].", "", "/x")]
    [InlineData(Route + "Timeout", "is a list or a section. Write it as one text.", ":0", "00:00:30")]
    [InlineData(Cluster + "LoadBalancingPolicy", "is a list or a section. Write it as one text.", ":0", "Random")]
    public async Task So_is_a_text_in_the_place_of_a_list_and_a_list_in_the_place_of_a_text(string place, string said, string below, string value) =>
        Assert.StartsWith($"{place} {said}", (await ProblemsAsync((place + below, value)))[0], StringComparison.Ordinal);

    [Fact]
    public async Task A_text_that_YARP_can_use_is_right()
    {
        Assert.Empty(await ProblemsAsync(
            (Route + "Order", "-1"),
            (Route + "MaxRequestBodySize", "-1"),
            (Route + "Timeout", "00:00:30"),
            (Route + "Match:Methods", ""),
            (Route + "Match:Hosts:0", "*.shop.example:8080"),
            (Route + "Match:Hosts:1", "shop_1.example:*"),
            (Route + "Match:Hosts:2", "*"),
            (Route + "Match:Path", @"/{id:int:min(1)}/{name:regex(^\d{{3}}$)?}"),
            (Route + "Match:Headers:0:Mode", "1"),
            (Route + "Match:QueryParameters:0:Name", "a"),
            (Route + "Match:QueryParameters:0:Mode", "exists"),
            (Route + "Transforms:0:RequestHeader", "X-A"),
            (Route + "Transforms:0:Set", "a b"),
            (Route + "Transforms:1:PathPattern", "/a/{**rest}"),
            (Route + "Transforms:2:X-Forwarded", "Set"),
            (Route + "Transforms:2:HeaderPrefix", ""),
            (Route + "Metadata:Owner:Team", "shop"),
            (Cluster + "LoadBalancingPolicy", "roundrobin"),
            (Cluster + "HttpRequest:Version", "3"),
            (Cluster + "HttpRequest:ActivityTimeout", "1.00:00:00"),
            (Cluster + "HttpClient:SslProtocols:0", "tls12, Tls13"),
            (Cluster + "HttpClient:WebProxy:Address", "socks5://127.0.0.1:1080"),
            (Cluster + "HealthCheck:Active:Path", ""),
            (Cluster + "HealthCheck:Active:Query", "?a=1"),
            (Cluster + "Destinations:d:Address", "HTTPS://[::1]:5001/base/"),
            (Cluster + "Destinations:d:Host", "[::1]:80")));
    }

    [Fact]
    public async Task HTTP_3_may_be_allowed_and_not_demanded()
    {
        var problem = Assert.Single(await ProblemsAsync(
            (Cluster + "HttpRequest:Version", "3.0"), (Cluster + "HttpRequest:VersionPolicy", "requestversionexact")));
        Assert.Equal(
            Cluster + "HttpRequest:Version is '3.0': HTTP/3 is not spoken here, and RequestVersionExact demands it. Write 2.", problem);
    }

    [Theory]
    [InlineData(Cluster + "HttpClient:WebProxy:Address", "ann:secret@proxy:3128", "is '***@proxy:3128'")]
    [InlineData(Cluster + "HttpClient:WebProxy:Address", "ann:a/secret@proxy:3128", "is '***@proxy:3128'")]
    [InlineData(Cluster + "Destinations:d:Address", "http://ann:secret@shop", "is 'http://***@shop'")]
    [InlineData(Cluster + "Destinations:d:Address", "http://ann:a/b@secret@shop", "is 'http://***@shop'")]
    [InlineData(Cluster + "Destinations:d:Address", "http://shop/?code=secret", "is 'http://shop/?…': an address is an absolute URL without a user, a query")]
    [InlineData(Route + "Transforms:Set", "Bearer secret", "Write [ { \"Set\": \"…\" } ].")]
    [InlineData(Route + "Match:Headers:0:Values", "secret", "Write [ \"…\" ].")]
    public async Task A_password_is_not_shown(string place, string value, string shown)
    {
        var problems = await ProblemsAsync((place, value));
        Assert.Contains(shown, problems[0], StringComparison.Ordinal);
        Assert.All(problems, problem => Assert.DoesNotContain("secret", problem, StringComparison.Ordinal));
    }

    [Fact]
    public async Task All_are_said_and_what_YARP_says_of_the_rest()
    {
        var problems = await ProblemsAsync(
            (Route + "ClusterId", ""),
            (Route + "Order", "first"),
            (Cluster + "HttpClient:MaxConnectionsPerServer", "0"),
            (Cluster + "HttpRequest:Version", "9"),
            (Route + "Transforms:1:Prefix", "/a"));
        Assert.Equal([Route + "Order", Cluster + "HttpRequest:Version"], problems.Take(2).Select(problem => problem.Split(' ')[0]));
        Assert.Equal("ReverseProxy: Unknown transform: Prefix. Correct the ReverseProxy section of the configuration.", problems[2]);
        Assert.StartsWith("ReverseProxy: Max connections per server limit", Assert.Single(problems.Skip(3)), StringComparison.Ordinal);
    }

    /// <summary>With what is wrong in place of, or beside, a route and a cluster that are right.</summary>
    private static Task<IReadOnlyList<string>> ProblemsAsync(params (string Place, string Value)[] settings)
    {
        var values = new Dictionary<string, string?>
        {
            [Route + "ClusterId"] = "c",
            [Route + "Match:Path"] = "/{**any}",
            [Route + "Match:Headers:0:Name"] = "X-A",
            [Route + "Match:Headers:0:Values:0"] = "a",
            [Route + "Transforms:0:RequestHeader"] = "X-A",
            [Route + "Transforms:0:Set"] = "a",
            [Cluster + "SessionAffinity:AffinityKeyName"] = "key",
            [Cluster + "Destinations:d:Address"] = "http://127.0.0.1:1",
        };
        foreach (var (place, value) in settings)
        {
            values[place] = value;
        }

        return ReverseProxySection.ProblemsAsync(new Settings(), new ConfigurationBuilder().AddInMemoryCollection(values).Build());
    }
}
