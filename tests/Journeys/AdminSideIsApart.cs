namespace Snapback.Journeys;

/// <summary>Two listeners, and no header that leads from one to the other.</summary>
public sealed class AdminSideIsApart : Journey
{
    private static readonly string[] AdminPaths =
    [
        "/api/rollouts", "/api/rollouts/default", "/metrics", "/healthz/ready", "/openapi/v1.json", "/", "/page/main.js", "/api/events",
    ];

    [Fact]
    public async Task Every_address_that_it_listens_on_is_told_at_the_start()
    {
        string[] traffic = [FreePort.TakeUri().GetLeftPart(UriPartial.Authority), FreePort.TakeUri().GetLeftPart(UriPartial.Authority)];
        var stable = Upstream("stable").Uri.ToString();
        var proxy = Child.Start(Cli.Command(
        [
            "--stable", stable, "--canary", stable, "--urls", string.Join(';', traffic),
            "--admin-urls", "http://127.0.0.1:0", "--data", Folder.At("data"),
        ]));
        Own(proxy);
        await Eventually.SeeAsync(
            "both are told", () => Task.FromResult(proxy.Output), log => log.Contains($"serves {string.Join(", ", traffic)}, admin", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_traffic_port_never_gives_an_admin_answer()
    {
        var proxy = await SidecarAsync(Upstream("stable").Uri, Upstream("canary").Uri);
        var admin = proxy.AdminUri.Authority;
        var forwarded =
            $"X-Forwarded-Host: {admin}\r\nX-Forwarded-Port: {proxy.AdminUri.Port}\r\nX-Original-Host: {admin}\r\nForwarded: host={admin}\r\n";
        foreach (var path in AdminPaths)
        {
            string[] forged =
            [
                RawConnection.Get(path),
                RawConnection.Get(path, admin),
                $"GET {path} HTTP/1.1\r\nHost: {proxy.Traffic.Authority}\r\n{forwarded}\r\n",
                $"GET http://{admin}{path} HTTP/1.1\r\nHost: {admin}\r\n\r\n",
                $"GET http://{admin}{path} HTTP/1.1\r\nHost: {proxy.Traffic.Authority}\r\n\r\n",
            ];
            foreach (var request in forged)
            {
                // The upstream's own word, or the server's refusal of a target that contradicts its Host.
                var answer = await RawConnection.AskAsync(proxy.Traffic, request);
                Assert.True(answer is { Status: 200, Body: "stable" } or { Status: 400, Body: "" }, $"{request}→ {answer}");
            }
        }

        // And no command, under the same forged name.
        var started = await RawConnection.AskAsync(proxy.Traffic, Start(admin, forwarded.TrimEnd()));
        Assert.Equal("stable", started.Body);
        Assert.Equal("Idle", (await proxy.StatusAsync()).Phase);
    }

    [Fact]
    public async Task The_admin_port_carries_no_traffic()
    {
        var stable = Upstream("stable");
        var proxy = await SidecarAsync(stable.Uri, Upstream("canary").Uri);

        Assert.Equal("stable", (await RawConnection.AskAsync(proxy.Traffic, RawConnection.Get("/orders/1"))).Body);
        foreach (var path in (string[])["/orders/1", "/api/orders", "/api/rollouts/default/nonsense"])
        {
            Assert.Equal(404, (await RawConnection.AskAsync(proxy.AdminUri, RawConnection.Get(path, proxy.AdminUri.Authority))).Status);
        }

        Assert.Equal(404, (await RawConnection.AskAsync(proxy.AdminUri, RawConnection.Get("/orders/1", "localhost"))).Status);
        Assert.Equal(1, stable.Requests);
    }

    [Fact]
    public async Task A_page_in_a_browser_can_neither_read_nor_command()
    {
        var proxy = await SidecarAsync(Upstream("stable").Uri, Upstream("canary").Uri);
        var admin = proxy.AdminUri.Authority;

        // DNS rebinding: the page's own name leads to this machine.
        foreach (var host in (string[])["evil.example", $"evil.example:{proxy.AdminUri.Port}", "127.0.0.1.evil.example"])
        {
            Assert.Equal(421, (await RawConnection.AskAsync(proxy.AdminUri, RawConnection.Get("/api/rollouts", host))).Status);
        }

        Assert.Equal(200, (await RawConnection.AskAsync(proxy.AdminUri, RawConnection.Get("/api/rollouts", $"localhost:{proxy.AdminUri.Port}"))).Status);

        // A forged request: the browser says where the page is from.
        string[] marks =
            ["Origin: https://evil.example", "Origin: null", $"Origin: http://127.0.0.1:{proxy.Traffic.Port}", "Sec-Fetch-Site: cross-site"];
        foreach (var mark in marks)
        {
            Assert.Equal(403, (await RawConnection.AskAsync(proxy.AdminUri, Start(admin, mark))).Status);
            Assert.Equal("Idle", (await proxy.StatusAsync()).Phase);
        }

        // The same words from the side's own page are a command.
        Assert.Equal(200, (await RawConnection.AskAsync(proxy.AdminUri, Start(admin, $"Origin: http://{admin}"))).Status);
        Assert.Equal("Progressing", (await proxy.StatusAsync()).Phase);
    }

    [Fact]
    public async Task A_token_that_is_set_must_be_shown()
    {
        const string token = "a-token-of-this-journey";
        var proxy = Own(SnapbackProcess.Start(Folder, ["--stable", Upstream("stable").Uri.ToString(), "--canary", Upstream("canary").Uri.ToString()], token));
        await proxy.ReadyAsync();
        var admin = proxy.AdminUri.Authority;

        foreach (var header in (string[])["", "Authorization: Bearer wrong\r\n", "Authorization: Bearer \r\n", $"Authorization: Basic {token}\r\n"])
        {
            Assert.Equal(401, (await RawConnection.AskAsync(proxy.AdminUri, $"GET /api/rollouts HTTP/1.1\r\nHost: {admin}\r\n{header}\r\n")).Status);
            Assert.Equal(401, (await RawConnection.AskAsync(proxy.AdminUri, Start(admin, $"X-Other: 1\r\n{header}".TrimEnd()))).Status);
        }

        // Probes of the machine that runs it need no token; the metrics do.
        Assert.Equal(200, (await RawConnection.AskAsync(proxy.AdminUri, RawConnection.Get("/healthz/live", admin))).Status);
        var ready = await RawConnection.AskAsync(proxy.AdminUri, RawConnection.Get("/healthz/ready", admin));
        Assert.True(ready.Status == 200 && ready.Body.Contains("ready", StringComparison.Ordinal), $"{ready}");
        Assert.DoesNotContain("default", ready.Body, StringComparison.Ordinal);
        Assert.Contains("\"default\":\"Idle\"", await proxy.Admin.GetStringAsync("healthz/ready", Ended), StringComparison.Ordinal);
        Assert.Equal(401, (await RawConnection.AskAsync(proxy.AdminUri, RawConnection.Get("/metrics", admin))).Status);
        Assert.Equal("Idle", (await proxy.StatusAsync()).Phase);

        var without = await proxy.CliAsync("status", "default");
        Assert.Equal(3, without.ExitCode);
        Assert.Contains("SNAPBACK_TOKEN", without.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await proxy.CliAsync("status", "default", "--token-file", Folder.Write("token", token + "\n"))).ExitCode);
    }

    /// <summary>As a Kubernetes secret that was made from a file is: no client could send the line's end.</summary>
    [Fact]
    public async Task The_end_of_its_line_is_no_part_of_a_token_of_the_environment()
    {
        var token = Guid.NewGuid().ToString();
        string[] arms = ["--stable", Upstream("stable").Uri.ToString(), "--canary", Upstream("canary").Uri.ToString()];
        var settings = new Dictionary<string, string> { ["SNAPBACK_TOKEN"] = token + "\n", ["Snapback__SigningKeysFile"] = "" };
        var proxy = Own(SnapbackProcess.Start(Folder, arms, token, settings));
        await proxy.ReadyAsync();
        Assert.Equal("Idle", (await proxy.StatusAsync()).Phase);
        Assert.Equal(0, (await proxy.CliAsync("status", "default", "--token-file", Folder.Write("token", token + "\n"))).ExitCode);
        // The scheme and the token have one or more blanks between them (RFC 9110, 11.4).
        var blanks = $"GET /api/rollouts HTTP/1.1\r\nHost: {proxy.AdminUri.Authority}\r\nAuthorization: Bearer  {token}\r\n\r\n";
        Assert.Equal(200, (await RawConnection.AskAsync(proxy.AdminUri, blanks)).Status);
    }

    private static string Start(string host, string header)
    {
        const string body = "{\"version\":\"2\"}";
        var head = $"POST /api/rollouts/default/start HTTP/1.1\r\nHost: {host}\r\n{header}\r\n";
        return $"{head}Content-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}";
    }
}
