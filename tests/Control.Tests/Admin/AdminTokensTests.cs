using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Configuration;
using Snapback.Control.Admin;
using Xunit;

namespace Snapback.Control.Tests.Admin;

/// <summary>Who holds a token of their own is who they are, and nobody else can be.</summary>
public sealed class AdminTokensTests
{
    private static readonly AdminTokens Tokens = AdminTokens.Read("shared", Section(("ann", Sha256("anns")), ("bob", Sha256("bobs"))), []);

    [Theory]
    [InlineData("anns", "ann", "ann")]
    [InlineData("anns", "bob", "ann")]
    [InlineData("anns", null, "ann")]
    [InlineData("shared", "carol", "carol")]
    [InlineData("shared", null, "operator")]
    [InlineData("shared", "snapback", "user snapback")]
    [InlineData("shared", " judge", "user judge")]
    public async Task A_named_token_says_who_it_is_and_the_shared_one_lets_the_caller_say_so(string token, string? by, string written)
    {
        await using var rig = await AdminRig.StartAsync("shared", tokens: Tokens);
        var body = by is null ? """{"version":"v1"}""" : $$"""{"version":"v1","by":"{{by}}"}""";
        Assert.Equal(200, (await rig.SendAsync("POST", "/api/rollouts/shop/start", body, ("Authorization", $"Bearer {token}"))).Code);
        Assert.Equal(written, (await rig.ControlPlane.Store.HistoryAsync("shop", 1))[0].By);
    }

    [Theory]
    [InlineData("ann")]
    [InlineData("ANN")]
    [InlineData(" ann ")]
    [InlineData("an\u200bn")]
    public async Task With_the_shared_token_nobody_is_somebody_who_has_a_token(string by)
    {
        await using var rig = await AdminRig.StartAsync("shared", tokens: Tokens);
        var refused = await rig.PostAsync("start", $$"""{"version":"v1","by":"{{by}}"}""");
        Assert.Equal(400, refused.Code);

        // It costs the name, and not the rollback.
        Assert.Equal(200, (await rig.PostAsync("start", """{"version":"v1"}""")).Code);
        Assert.Equal(200, (await rig.PostAsync("rollback", $$"""{"by":"{{by}}"}""")).Code);
        Assert.Equal(
            ("rolled-back", "operator"),
            (await rig.ControlPlane.Store.HistoryAsync("shop", 1)) is [var line] ? (line.Kind, line.By) : default);
    }

    [Theory]
    [InlineData("anns", 409)]
    [InlineData("bobs", 409)]
    [InlineData("carols", 401)]
    public async Task Only_tokens_that_are_named_open_it(string token, int code)
    {
        await using var rig = await AdminRig.StartAsync("shared", tokens: Tokens);
        Assert.Equal(code, (await rig.SendAsync("POST", "/api/rollouts/shop/advance", "", ("Authorization", $"Bearer {token}"))).Code);
    }

    [Theory]
    [InlineData("anns")]
    [InlineData("sha256:12")]
    [InlineData("sha256:zz0000000000000000000000000000000000000000000000000000000000zzzz")]
    public void What_is_no_hash_is_said(string value)
    {
        var problems = new List<string>();
        AdminTokens.Read(null, Section(("ann", value)), problems);
        Assert.Contains("sha256sum", Assert.Single(problems), StringComparison.Ordinal);
        Assert.DoesNotContain("anns", problems[0], StringComparison.Ordinal);
    }

    private static string Sha256(string token) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    private static IConfiguration Section(params IEnumerable<(string Name, string Value)> tokens) =>
        new ConfigurationBuilder().AddInMemoryCollection(
            tokens.ToDictionary(token => $"Admin:Tokens:{token.Name}", token => (string?)token.Value)).Build();
}
