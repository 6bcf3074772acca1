using Snapback.Proxy.Commands;
using Xunit;

namespace Snapback.Proxy.Tests.Commands;

public sealed class RefusalTests
{
    [Theory]
    [InlineData(400)]
    [InlineData(404)]
    [InlineData(409)]
    [InlineData(412)]
    [InlineData(503)]
    public async Task A_refusal_exits_3_with_the_detail_and_every_error_on_its_own_line(int status)
    {
        await using var admin = await FakeAdmin.StartAsync(
            new Canned(status, """{"title":"No","detail":"Rollout 'x' cannot advance.","errors":["steps[0]: rises","steps[1]: falls"]}"""));

        var said = await Cli.RunAsync(admin, "advance", "x");

        Assert.Equal(new Said(ExitCodes.Refused, "", "Rollout 'x' cannot advance.\nsteps[0]: rises\nsteps[1]: falls\n"), said);
    }

    [Fact]
    public async Task A_rollout_that_is_not_there_is_a_refusal()
    {
        await using var admin = await FakeAdmin.StartAsync(
            new Canned(404, """{"type":"urn:snapback:unknown-rollout","detail":"There is no rollout 'x'."}"""));

        Assert.Equal(new Said(ExitCodes.Refused, "", "There is no rollout 'x'.\n"), await Cli.RunAsync(admin, "status", "x"));
    }

    [Fact]
    public async Task Errors_by_field_are_told_with_their_field()
    {
        await using var admin = await FakeAdmin.StartAsync(new Canned(400, """{"title":"Invalid","errors":{"weight":["is above 100"]}}"""));

        var said = await Cli.RunAsync(admin, "weight", "x", "101");

        Assert.Equal(new Said(ExitCodes.Refused, "", "Invalid\nweight: is above 100\n"), said);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    public async Task A_missing_right_says_how_to_give_a_token(int status)
    {
        await using var admin = await FakeAdmin.StartAsync(new Canned(status, """{"detail":"Only operators may promote."}"""));

        var said = await Cli.RunAsync(admin, "promote", "x");

        Assert.Equal(ExitCodes.Refused, said.Code);
        Assert.Contains("Only operators may promote.", said.Error, StringComparison.Ordinal);
        Assert.Contains("SNAPBACK_TOKEN", said.Error, StringComparison.Ordinal);
    }

    /// <summary>A load balancer in front of a proxy that restarts, or a wrong address: nobody knows whether anything moved.</summary>
    [Theory]
    [InlineData(404, "list")]
    [InlineData(500, "status x")]
    [InlineData(502, "rollback x")]
    [InlineData(503, "events x --follow")]
    [InlineData(502, "record x")]
    [InlineData(502, "plan show x")]
    public async Task An_error_page_of_something_else_is_no_refusal_and_exits_4(int status, string args)
    {
        await using var admin = await FakeAdmin.StartAsync(new Canned(status, "<html>oops</html>"));

        var said = await Cli.RunAsync(admin, args.Split(' '));

        Assert.Equal(ExitCodes.Unreachable, said.Code);
        Assert.Equal(
            $"The admin side at {admin.Url}/ cannot be reached: what answers there said {status} without a reason, as no Snapback admin side does. "
                + "Set its address with --admin URL or SNAPBACK_ADMIN.\n",
            said.Error);
    }

    /// <summary>The traffic side or an application behind it, asked instead of the admin side; and a path too much in the address.</summary>
    [Theory]
    [InlineData("https://tools.ietf.org/html/rfc9110#section-15.5.5", "what answers there is no Snapback admin side")]
    [InlineData("about:blank", "what answers there is no Snapback admin side")]
    [InlineData("urn:snapback:not-found", "there is no admin API below this address")]
    public async Task A_wrong_address_where_nothing_is_found_is_no_refusal_and_exits_4(string type, string why)
    {
        await using var admin = await FakeAdmin.StartAsync(new Canned(404, $$"""{"type":"{{type}}","title":"Not Found","status":404}"""));

        var said = await Cli.RunAsync(admin, "status", "x");

        Assert.Equal(ExitCodes.Unreachable, said.Code);
        Assert.Equal($"The admin side at {admin.Url}/ cannot be reached: {why}. Set its address with --admin URL or SNAPBACK_ADMIN.\n", said.Error);
    }

    [Fact]
    public async Task A_missing_right_without_a_reason_is_a_refusal_and_says_how_to_give_a_token()
    {
        await using var admin = await FakeAdmin.StartAsync(new Canned(401, "<html>who are you?</html>"));

        Assert.Equal(
            new Said(
                ExitCodes.Refused,
                "",
                $"{admin.Url}/ answered 401 without a reason.\nGive a token that may do this with SNAPBACK_TOKEN or --token-file FILE.\n"),
            await Cli.RunAsync(admin, "promote", "x"));
    }

    [Fact]
    public async Task An_answer_of_another_shape_is_not_a_stack_trace()
    {
        await using var admin = await FakeAdmin.SayingAsync("""{"name":"x","phase":{"not":"text"}}""");

        var said = await Cli.RunAsync(admin, "pause", "x");

        Assert.Equal(ExitCodes.Unreachable, said.Code);
        Assert.Contains("or one of another version", said.Error, StringComparison.Ordinal);
    }
}
