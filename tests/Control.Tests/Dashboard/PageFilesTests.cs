using Snapback.Control.Tests.Admin;
using Xunit;

namespace Snapback.Control.Tests.Dashboard;

public sealed class PageFilesTests
{
    private static readonly string[] Files = ["/", "/page/main.js", "/page/page.css", "/page/icon.svg"];

    [Fact]
    public async Task The_page_opens_without_a_token_and_what_it_shows_does_not()
    {
        await using var rig = await AdminRig.StartAsync("secret");
        foreach (var path in Files)
        {
            Assert.Equal(200, (await rig.SendAsync("GET", path, "", ("Authorization", ""))).Code);
        }

        Assert.Equal(401, (await rig.SendAsync("GET", "/api/events", "", ("Authorization", ""))).Code);
        Assert.Equal(421, (await rig.SendAsync("GET", "/", "", ("Host", "evil.example"))).Code);
    }

    [Fact]
    public async Task Every_file_says_what_it_is_and_lets_nothing_else_in()
    {
        await using var rig = await AdminRig.StartAsync();
        foreach (var path in Files)
        {
            using var response = await rig.Client.GetAsync(path, TestContext.Current.CancellationToken);
            string Header(string name) => string.Join(
                ",",
                response.Headers.TryGetValues(name, out var values) ? values
                    : response.Content.Headers.TryGetValues(name, out values) ? values
                    : []);
            Assert.Equal(
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; require-trusted-types-for 'script'",
                Header("Content-Security-Policy"));
            Assert.Equal(
                ("nosniff", "no-referrer", "same-origin", "same-origin"),
                (Header("X-Content-Type-Options"), Header("Referrer-Policy"), Header("Cross-Origin-Opener-Policy"), Header("Cross-Origin-Resource-Policy")));
            Assert.Equal(304, (await rig.SendAsync("GET", path, "", ("If-None-Match", response.Headers.ETag!.Tag))).Code);
            Assert.Equal((200, ""), (await rig.SendAsync("HEAD", path)) is var head ? (head.Code, head.Text) : default);
        }

        Assert.Equal(404, (await rig.GetAsync("/page/no-such.js")).Code);
        Assert.Equal(404, (await rig.GetAsync("/page/..%2f..%2fappsettings.json")).Code);
    }

    [Fact]
    public async Task Whatever_a_file_names_is_there_and_no_file_has_a_script_a_style_or_an_address_of_its_own()
    {
        await using var rig = await AdminRig.StartAsync();
        var (seen, next) = (new HashSet<string>(), new Queue<string>(["/"]));
        while (next.TryDequeue(out var path))
        {
            var answer = await rig.GetAsync(path);
            Assert.True(answer.Code == 200, path);
            Assert.DoesNotMatch(
                "innerHTML|outerHTML|insertAdjacentHTML|document\\.write|eval\\(|style=|<style|https?://(?!127\\.0\\.0\\.1|www\\.w3\\.org/2000/svg)",
                answer.Text);
            foreach (var named in System.Text.RegularExpressions.Regex
                .Matches(answer.Text, "(?:from '\\./|(?:href|src)=\"/page/)([\\w.-]+)")
                .Select(match => "/page/" + match.Groups[1].Value)
                .Where(seen.Add))
            {
                next.Enqueue(named);
            }
        }

        Assert.InRange(seen.Count, 10, 30);
    }
}
