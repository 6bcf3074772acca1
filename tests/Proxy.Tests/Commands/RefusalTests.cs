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

    [Fact]
    public async Task A_refusal_without_a_reason_names_the_address()
    {
        await using var admin = await FakeAdmin.StartAsync(new Canned(500, "<html>oops</html>"));

        var said = await Cli.RunAsync(admin, "list");

        Assert.Equal(ExitCodes.Refused, said.Code);
        Assert.Contains($"{admin.Url}/ answered 500", said.Error, StringComparison.Ordinal);
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
