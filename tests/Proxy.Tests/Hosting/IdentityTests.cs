using System.Security.Cryptography;
using Microsoft.Extensions.Configuration;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Snapback.Control.Rollouts;
using Snapback.Proxy.Hosting;
using Snapback.Proxy.Tests.Observing;
using Xunit;

namespace Snapback.Proxy.Tests.Hosting;

/// <summary>A caller's verified token: its claims are sticky keys, and a forged one makes nobody of its caller.</summary>
public sealed class IdentityTests
{
    private const string Issuer = "https://issuer.example";
    private const string Scheme = "Authentication:Schemes:Bearer";
    private const string Bearer = """{ "Authentication": { "Schemes": { "Bearer": """;
    private const string End = " } } }";

    private static readonly byte[] Key = RandomNumberGenerator.GetBytes(32);

    private static readonly (string, string?)[] Settings =
    [
        ($"{Scheme}:ValidIssuer", Issuer),
        ($"{Scheme}:ValidAudiences:0", "shop"),
        ($"{Scheme}:SigningKeys:0:Issuer", Issuer),
        ($"{Scheme}:SigningKeys:0:Value", Convert.ToBase64String(Key)),
        ("ReverseProxy:Routes:closed:ClusterId", "shop-stable"),
        ("ReverseProxy:Routes:closed:Match:Path", "/closed"),
        ("ReverseProxy:Routes:closed:AuthorizationPolicy", "default"),
    ];

    [Fact]
    public async Task A_user_is_known_by_a_claim_of_the_token_that_was_verified()
    {
        var plan = ProxyRig.Plan with { Sticky = [new StickyKey(StickySource.Claim, "sub")], Judge = JudgeTerms.Default with { Admission = null } };
        await using var rig = await ProxyRig.StartAsync(weight: 5000, plan: plan, settings: Settings);
        var bucket = new UserBucket(plan);
        for (var user = 0; user < 20; user++)
        {
            var expected = bucket.Of($"user-{user}", out _) < 5000 ? "canary" : "stable";
            Assert.Equal((200, expected), await rig.GetAsync("/", ("Authorization", $"Bearer {Token($"user-{user}", Key)}")));
        }

        // Whoever signs their own draws anew each time: 20 times the same arm comes once in half a million.
        var arms = new HashSet<string>();
        for (var i = 0; i < 20; i++)
        {
            arms.Add((await rig.GetAsync("/", ("Authorization", $"Bearer {Token("user-1", RandomNumberGenerator.GetBytes(32))}"))).Body);
        }

        Assert.Equal(2, arms.Count);
    }

    [Fact]
    public async Task A_routes_own_authorization_policy_holds()
    {
        await using var rig = await ProxyRig.StartAsync(settings: Settings);
        Assert.Equal(401, (await rig.GetAsync("/closed")).Status);
        Assert.Equal(200, (await rig.GetAsync("/closed", ("Authorization", $"Bearer {Token("ann", Key)}"))).Status);
        Assert.Equal(200, (await rig.GetAsync("/open")).Status);
    }

    [Fact]
    public async Task A_route_with_a_policy_is_closed_to_all_where_nobody_verifies_callers()
    {
        await using var rig = await ProxyRig.StartAsync(
            settings: [.. Settings.Where(setting => !setting.Item1.StartsWith(Scheme, StringComparison.Ordinal))]);
        Assert.Equal(500, (await rig.GetAsync("/closed", ("Authorization", $"Bearer {Token("ann", Key)}"))).Status);
        Assert.Equal(200, (await rig.GetAsync("/open")).Status);
    }

    /// <summary>Most of these the framework takes, and then nobody is known; with the others no request would be answered.</summary>
    [Theory]
    [InlineData("""{ "Authentication": { "Schemes": "Bearer" } }""", "Authentication:Schemes is one text")]
    [InlineData(Bearer + "\"https://a\"" + End, "Authentication:Schemes:Bearer is one text")]
    [InlineData("""{ "Authentication": { "Schemes": { "Baerer": { "Authority": "https://a" } } } }""", "Did you mean Bearer?")]
    [InlineData(Bearer + """{ "Authority": "https://a" }""" + End, "names no audience")]
    [InlineData(Bearer + """{ "Authority": "https://a", "ValidAudiences": "b" }""" + End, """Write [ "b" ].""")]
    [InlineData(Bearer + """{ "Authority": "https://a", "ValidAudience": [ "b" ] }""" + End, "Write it as one text.")]
    [InlineData(Bearer + """{ "Authority": "https://a", "Audience": "b" }""" + End, "Bearer:Audience is not known.")]
    [InlineData(Bearer + """{ "ValidAudiences": [ "b" ] }""" + End, "names no keys")]
    [InlineData(Bearer + """{ "Authority": "http://a", "ValidAudience": "b" }""" + End, "by HTTPS alone")]
    [InlineData("""{ "Authentication": { "DefaultScheme": "Cookies" } }""", "no request could be answered")]
    [InlineData(Bearer + """{ "Authority": "https://a", "ValidateAudience": "no" }""" + End, "neither true nor false")]
    [InlineData(Bearer + """{ "Authority": "https://a", "ValidAudience": "b", "RefreshInterval": "30" }""" + End, "days")]
    public void A_section_by_which_nobody_is_known_is_refused(string json, string said) =>
        Assert.Contains(Problems(json), problem => problem.Contains(said, StringComparison.Ordinal));

    [Fact]
    public void A_key_that_verifies_nothing_is_refused()
    {
        const string keys = """
            { "ValidIssuer": "i", "ValidAudience": "b", "SigningKeys": [
              { "Issuer": "i", "Value": "c2VjcmV0" }, { "Issuer": "i", "Value": "secre" }, { "Issuer": "j", "Value": "c2VjcmV0" }, "k" ] }
            """;
        var said = Problems(Bearer + keys + End);
        Assert.Collection(
            said,
            one => Assert.StartsWith($"{Scheme}:SigningKeys:1:Value is no key.", one, StringComparison.Ordinal),
            one => Assert.StartsWith($"{Scheme}:SigningKeys:1:Issuer is 'i', as that of", one, StringComparison.Ordinal),
            one => Assert.StartsWith($"{Scheme}:SigningKeys:2:Issuer is 'j', which ValidIssuers does not name", one, StringComparison.Ordinal),
            one => Assert.StartsWith($"{Scheme}:SigningKeys:3 is one text", one, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{ "Authentication": {} }""")]
    [InlineData(Bearer + """{ "Authority": "https://a", "ValidAudiences": [ "b" ], "BackchannelTimeout": "00:00:10" }""" + End)]
    [InlineData("""{ "Authentication": { "DefaultScheme": "Bearer" } }""")]
    [InlineData(Bearer + """{ "Authority": "http://a", "RequireHttpsMetadata": false, "ValidateAudience": "False" }""" + End)]
    [InlineData(Bearer + """{ "ValidAudience": "b", "ValidIssuers": [ "i" ], "SigningKeys": [ { "Issuer": "i", "Value": "c2Vj" } ] }""" + End)]
    public void A_section_by_which_somebody_can_be_known_is_taken(string json) => Assert.Empty(Problems(json));

    private static List<string> Problems(string json) => [.. IdentityKeys.Problems(
        new ConfigurationBuilder().AddJsonStream(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(json))).Build())];

    private static string Token(string user, byte[] key) => new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
    {
        Issuer = Issuer,
        Audience = "shop",
        Claims = new Dictionary<string, object> { ["sub"] = user },
        SigningCredentials = new SigningCredentials(new SymmetricSecurityKey(key), SecurityAlgorithms.HmacSha256),
    });
}
