using System.Net;
using Xunit;

namespace Snapback.Control.Tests.Admin;

public sealed class AdminGuardTests
{
    [Theory]
    [InlineData("Bearer secret", 200)]
    [InlineData("bearer secret", 200)]
    [InlineData("Bearer Secret", 401)]
    [InlineData("Bearer secret2", 401)]
    [InlineData("Bearer ", 401)]
    [InlineData("Basic secret", 401)]
    [InlineData("secret", 401)]
    [InlineData("", 401)]
    public async Task Only_the_token_opens_it(string authorization, int code)
    {
        await using var rig = await AdminRig.StartAsync("secret");
        Assert.Equal(code, (await rig.SendAsync("GET", "/api/rollouts", "", ("Authorization", authorization))).Code);
        Assert.Equal(code, (await rig.PostAsync("rollback", "", ("Authorization", authorization))).Code);
    }

    [Theory]
    [InlineData("Bearer other", "The token that was sent is not one of the admin side's. Send the admin token")]
    [InlineData("", "The admin side wants a token. Send the admin token")]
    public async Task Whoever_sent_a_wrong_token_is_told_another_thing_than_whoever_sent_none(string authorization, string sentence)
    {
        await using var rig = await AdminRig.StartAsync("secret");
        Assert.StartsWith(
            sentence,
            (await rig.SendAsync("GET", "/api/rollouts", "", ("Authorization", authorization))).Detail,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_is_not_let_in_is_told_by_which_scheme_it_would_be()
    {
        await using var rig = await AdminRig.StartAsync("secret");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/rollouts") { Headers = { Authorization = new("Bearer", "other") } };
        using var answer = await rig.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.Unauthorized, "Bearer"), (answer.StatusCode, answer.Headers.WwwAuthenticate.Single().Scheme));
    }

    [Theory]
    [InlineData("127.0.0.1", 200)]
    [InlineData("127.0.0.1:1234", 200)]
    [InlineData("127.9.9.9", 200)]
    [InlineData("[::1]:8081", 200)]
    [InlineData("localhost", 200)]
    [InlineData("LOCALHOST:1", 200)]
    [InlineData("evil.example", 421)]
    [InlineData("localhost.evil.example", 421)]
    [InlineData("127.0.0.1.evil.example", 421)]
    [InlineData("10.0.0.1", 421)]
    [InlineData("0.0.0.0", 421)]
    public async Task On_loopback_only_loopback_names_are_answered(string host, int code)
    {
        await using var rig = await AdminRig.StartAsync();
        Assert.Equal(code, (await rig.SendAsync("GET", "/api/rollouts", "", ("Host", host))).Code);
    }

    [Fact]
    public async Task On_a_network_address_any_name_is_answered()
    {
        await using var rig = await AdminRig.StartAsync("secret", loopbackOnly: false);
        Assert.Equal(200, (await rig.SendAsync("GET", "/api/rollouts", "", ("Host", "snapback.example"))).Code);
    }

    [Theory]
    [InlineData("Sec-Fetch-Site", "cross-site", 403)]
    [InlineData("Sec-Fetch-Site", "same-site", 403)]
    [InlineData("Sec-Fetch-Site", "same-origin", 409)]
    [InlineData("Sec-Fetch-Site", "none", 409)]
    [InlineData("Origin", "http://evil.example", 403)]
    [InlineData("Origin", "http://127.0.0.1:1", 403)]
    [InlineData("Origin", "null", 403)]
    public async Task A_page_of_another_site_commands_nothing(string header, string value, int code)
    {
        await using var rig = await AdminRig.StartAsync();
        Assert.Equal(code, (await rig.PostAsync("pause", "", (header, value))).Code);
        Assert.Equal(200, (await rig.SendAsync("GET", "/api/rollouts", "", (header, value))).Code);
    }

    [Fact]
    public async Task A_page_of_its_own_may_command()
    {
        await using var rig = await AdminRig.StartAsync();
        Assert.Equal(409, (await rig.PostAsync("pause", "", ("Origin", rig.Client.BaseAddress!.GetLeftPart(UriPartial.Authority)))).Code);
    }

    [Fact]
    public async Task A_foreign_host_or_page_is_turned_away_before_the_token_is_looked_at()
    {
        await using var rig = await AdminRig.StartAsync("secret");
        Assert.Equal(421, (await rig.SendAsync("GET", "/", "", ("Host", "evil.example"), ("Authorization", ""))).Code);
        Assert.Equal(403, (await rig.PostAsync("pause", "", ("Origin", "http://evil.example"), ("Authorization", ""))).Code);
    }
}
