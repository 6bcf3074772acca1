using System.Net;
using System.Net.Sockets;
using Snapback.Proxy.Commands;
using Xunit;

namespace Snapback.Proxy.Tests.Commands;

public sealed class UnreachableTests
{
    public static TheoryData<string> EveryVerb =>
    [
        "list", "status", "status x", "status x --watch", "history x", "events", "events x --follow", "advance x", "rollback x",
        "start x --version 1",
        "weight x", "weight x 5", "wait x --for promoted", "record x",
    ];

    [Theory]
    [MemberData(nameof(EveryVerb))]
    public async Task Nobody_there_exits_4_with_one_sentence_that_names_the_address_and_how_to_set_it(string args)
    {
        var nobody = $"http://127.0.0.1:{FreePort()}";

        var said = await Cli.RunAsync(Cli.Host with { Variable = name => name == "SNAPBACK_ADMIN" ? nobody : null }, args.Split(' '));

        Assert.Equal((ExitCodes.Unreachable, ""), (said.Code, said.Out));
        Assert.StartsWith($"The admin side at {nobody}/ cannot be reached: ", said.Error, StringComparison.Ordinal);
        Assert.EndsWith("Set its address with --admin URL or SNAPBACK_ADMIN.\n", said.Error, StringComparison.Ordinal);
        Assert.Equal(1, said.Error.Count(letter => letter == '\n'));
    }

    [Theory]
    [InlineData("list")]
    [InlineData("record x")]
    public async Task Silence_is_unreachable_after_the_time_limit(string args)
    {
        await using var admin = await FakeAdmin.StartAsync(new Canned(Canned.Silence, ""));

        var said = await Cli.RunAsync(admin, Cli.Host with { AnswerWithin = TimeSpan.FromMilliseconds(100) }, args.Split(' '));

        Assert.Equal(ExitCodes.Unreachable, said.Code);
        Assert.Contains("no answer within 0.1 s", said.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_recording_that_is_broken_off_keeps_its_lines_and_exits_4()
    {
        await using var admin = await FakeAdmin.StartAsync(new Canned(Canned.Cut, "{\"outcome\":\"success\"}\n"));

        var said = await Cli.RunAsync(admin, "record", "x");

        Assert.Equal((ExitCodes.Unreachable, "{\"outcome\":\"success\"}\n"), (said.Code, said.Out));
        Assert.Equal($"The admin side at {admin.Url}/ is gone: the stream of outcomes broke. What was recorded before is kept.\n", said.Error);
    }

    [Fact]
    public async Task A_page_of_something_else_is_no_admin_side()
    {
        await using var admin = await FakeAdmin.SayingAsync("<html>hello</html>");

        var said = await Cli.RunAsync(admin, "list");

        Assert.Equal(ExitCodes.Unreachable, said.Code);
        Assert.Contains("no Snapback admin side", said.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Https_to_an_admin_side_without_a_certificate_is_said_to_be_it()
    {
        await using var admin = await FakeAdmin.SayingAsync("[]");

        var said = await Cli.RunAsync(Cli.Host, "list", "--admin", $"https://{new Uri(admin.Url).Authority}");

        Assert.Equal(ExitCodes.Unreachable, said.Code);
        Assert.Contains("speaks no TLS; one without a certificate is asked by http://", said.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rollback x")]
    [InlineData("weight x")]
    [InlineData("weight x 5")]
    [InlineData("status x")]
    [InlineData("status")]
    [InlineData("list")]
    [InlineData("events")]
    [InlineData("history x")]
    [InlineData("wait x --for rolledback")]
    public async Task A_service_that_answers_everything_with_JSON_is_no_admin_side(string args)
    {
        await using var service = await FakeAdmin.SayingAsync("""{"status":"ok"}""");

        var said = await Cli.RunAsync(service, args.Split(' '));

        Assert.Equal((ExitCodes.Unreachable, ""), (said.Code, said.Out));
        Assert.Equal(
            $"The admin side at {service.Url}/ cannot be reached: what answers there is no Snapback admin side, or one of another version. "
                + "Set its address with --admin URL or SNAPBACK_ADMIN.\n",
            said.Error);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
