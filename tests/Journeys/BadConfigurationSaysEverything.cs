using System.Diagnostics;

namespace Snapback.Journeys;

/// <summary>Whoever starts it wrong learns all of it at once, in sentences.</summary>
public sealed class BadConfigurationSaysEverything : Journey
{
    private const int BadConfiguration = 78;

    [Fact]
    public async Task A_plan_on_standard_input_that_is_not_UTF8_is_refused_and_not_sent_with_question_marks()
    {
        var shell = Own(Child.Start(new ProcessStartInfo("/bin/sh", ["-c", "printf 'name: a\\nowner: caf\\351\\n' | exec \"$0\" apply -", Cli.Executable])));
        Assert.Equal(64, await shell.ExitAsync());
        Assert.Equal("The plan file - is not UTF-8. Save it as UTF-8.\n", shell.Error);
    }

    [Fact]
    public async Task Every_error_of_a_plan_is_told_with_its_place_and_a_remedy()
    {
        var plan = Folder.Write("plan.yaml", """
            name: payments-api
            stable: payments
            canary: payments
            steps:
              - { weight: 25%, hold: 10m }
              - { weight: 5%, hold: 10x }
            objectives:
              - { metric: success-rate, min: 99.5% }
              - { metric: p95 }
            sensitivty: high
            """);
        var run = await StartAsync("--plan", plan);

        AssertTold(
            run,
            ("plan.yaml:3:", "same cluster", "Name two"),
            ("steps[1].weight", "5% is not above", "Weights must rise"),
            ("steps[1].hold", "10x", ""),
            ("objectives[1].max", "no limit", "Add: max: 400ms"),
            ("sensitivty", "sensitivity", ""),
            ("rollback.authority", "authority", "Add:"),
            ("rollback.deadline", "deadline", "Add:"));
    }

    [Fact]
    public async Task Errors_of_different_kinds_in_a_configuration_are_told_together()
    {
        var config = Folder.Write("appsettings.json", """
            { "Serilog": { "WriteTo": [ { "Name": "Paper" } ] },
              "Snapback": {
                "Ulrs": "http://127.0.0.1:1",
                "Admin": { "Urlz": "http://127.0.0.1:2" },
                "Hooks": { "Host": { "runner": "10.1.2.3" }, "Hosts": { "any-name": "10.1.2.3" } },
                "Sharing": { "OnIsolaton": "hold" },
                "Providers": {
                  "any-name": { "Adress": "http://127.0.0.1:3", "Headers": { "X-Any": "a" } },
                  "main": { "Address": "prom:9090" } } } }
            """);
        AssertTold(
            await Cli.RunAsync("serve", "--config", config, "--urls", "ftp://x", "--admin-urls", "http://0.0.0.0:20000", "--stable", "nowhere"),
            ("Serilog", "Paper", "Correct the Serilog section"),
            ("Snapback:Ulrs", "not known", "Did you mean Urls?"),
            ("Snapback:Admin:Urlz", "not known", "Known here: Tokens."),
            ("Snapback:Hooks:Host ", "not known", "Did you mean Hosts?"),
            ("Snapback:Sharing:OnIsolaton", "not known", "Did you mean OnIsolation?"),
            ("Snapback:Providers:any-name:Adress", "not known", "Did you mean Address?"),
            ("Snapback:Providers:main:Address", "prom:9090", "http://prometheus:9090"),
            ("--urls", "ftp://x", "http://127.0.0.1:8080"),
            ("--admin-urls", "other machines", "SNAPBACK_TOKEN"),
            ("--stable", "nowhere", "http://127.0.0.1:5001"),
            ("--canary", "missing", "--canary URL"));
    }

    [Fact]
    public async Task Plans_of_a_configuration_are_told_by_their_path_and_clusters_that_do_not_exist_too()
    {
        var config = Folder.Write("appsettings.json", """
            {
              "Snapback": { "Rollouts": { "payments": {
                "Stable": "payments-stable", "Canary": "payments-canary",
                "Objectives": [ { "Metric": "success-rate", "Min": "199%" } ],
                "Rollback": { "Authority": [ "operator" ], "Deadline": "5m" } },
              "orders": {
                "stable": "orders-stable", "canary": "orders-canary",
                "objectives": [ { "metric": "success-rate", "min": "99%" } ],
                "rollback": { "authority": [ "operator" ], "deadline": "5m" } } } }
            }
            """);
        AssertTold(
            await StartAsync("--config", config),
            ("Snapback:Rollouts:payments", "199%", ""),
            ("'orders' stable", "orders-stable", "ReverseProxy:Clusters"),
            ("'orders' canary", "orders-canary", "ReverseProxy:Clusters"));
    }

    [Fact]
    public async Task Errors_of_the_reverse_proxys_own_section_are_told_without_a_stack_trace()
    {
        var config = Folder.Write("appsettings.json", """
            {
              "ReverseProxy": {
                "Routes": { "a": { "ClusterId": "one", "Match": { "Path": "/{**any" } }, "b": { "ClusterId": "one" } },
                "Clusters": { "one": { "LoadBalancingPolicy": "Fastest", "Destinations": { "a": { "Address": "http://127.0.0.1:1" } } } }
              }
            }
            """);
        AssertTold(
            await StartAsync("--config", config),
            ("ReverseProxy", "'b'", "Correct"),
            ("ReverseProxy:Clusters:one:LoadBalancingPolicy", "Fastest", "RoundRobin"),
            ("ReverseProxy:Routes:a:Match:Path", "{**any", "Write it as /shop/{**rest}"));
    }

    [Fact]
    public async Task Routes_and_destinations_that_would_answer_no_request_are_told_before_a_user_finds_them()
    {
        var config = Folder.Write("appsettings.json", """
            {
              "ReverseProxy": {
                "Routes": {
                  "pay": { "ClusterId": "one", "Match": { "Path": "/pay" } },
                  "again": { "ClusterId": "one", "Match": { "Path": "/PAY" }, "Order": 0 },
                  "later": { "ClusterId": "one", "Match": { "Path": "/pay" }, "Order": 1 },
                  "lost": { "ClusterId": "nowhere", "Match": { "Path": "/lost" } }
                },
                "Clusters": {
                  "one": { "Destinations": { "a": { "Address": "http://127.0.0.1:1" } } },
                  "two": { "Destinations": { "a": { "Address": "localhost:2" } } }
                }
              },
              "Snapback": { "Rollouts": { "pay": {
                "stable": "one", "canary": "two", "routes": [ "pay", "refund" ],
                "objectives": [ { "metric": "success-rate", "min": "99%" } ],
                "rollback": { "authority": [ "operator" ], "deadline": "5m" } } } }
            }
            """);
        AssertTold(
            await StartAsync("--config", config),
            ("Routes:lost:ClusterId", "'nowhere'", "one, two"),
            ("'again', 'pay'", "same requests", "Order"),
            ("two:Destinations:a:Address", "'localhost:2'", "http://127.0.0.1:5001"),
            ("'pay' routes", "'refund'", "again, later, pay"));
    }

    /// <summary>The second of two was once left out, with a line in the log.</summary>
    [Fact]
    public async Task Plans_that_exclude_each_other_are_told_and_those_that_share_a_cluster_by_routes_are_not()
    {
        const string rest = "objectives: [ { metric: success-rate, min: 99% } ]\nrollback: { authority: [ ops ], deadline: 5m }\n";
        var config = Folder.Write("appsettings.json", """
            {
              "ReverseProxy": {
                "Routes": {
                  "pay": { "ClusterId": "one", "Match": { "Path": "/pay" } },
                  "refund": { "ClusterId": "one", "Match": { "Path": "/refund" } }
                },
                "Clusters": {
                  "one": { "Destinations": { "a": { "Address": "http://127.0.0.1:1" } } },
                  "two": { "Destinations": { "a": { "Address": "http://127.0.0.1:2" } } }
                }
              }
            }
            """);
        string[] plans =
        [
            "name: pay\nstable: one\ncanary: two\nroutes: [ pay ]\nflag: new\nsticky: { by: ip }\n",
            "name: refund\nstable: one\ncanary: two\nroutes: [ refund ]\ngroup: money\nsteps: [ { weight: 100%, bake: 1m } ]\n",
            "name: pay-again\nstable: ONE\ncanary: two\nroutes: [ PAY ]\n",
            "name: other\nstable: two\ncanary: one\nflag: new\nsticky: { by: ip }\ngroup: money\n"
                + "steps: [ { weight: 5%, hold: 1m }, { weight: 100%, bake: 1m } ]\n",
        ];
        AssertTold(
            await StartAsync(["--config", config, .. plans.SelectMany((plan, i) => new[] { "--plan", Folder.Write($"plan-{i}.yaml", plan + rest) })]),
            ("'pay' has routes", "'pay-again'", "Name other 'routes'"),
            ("'new' of rollout 'other'", "rollout 'pay'", "Name another flag"),
            ("'refund' of group 'money' has 1 step and 'other' 2", "step by step", "Give both"));
    }

    [Theory]
    [InlineData("{ \"Snapback\": ", "appsettings.json")]
    [InlineData(null, "there is no file")]
    public async Task A_configuration_file_that_cannot_be_read_is_named(string? text, string told)
    {
        var file = text is null ? Folder.At("missing.json") : Folder.Write("appsettings.json", text);
        AssertTold(await StartAsync("--config", file), ("", told, ""));
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named()
    {
        var taken = Upstream("taken");
        var run = await Cli.RunAsync(
            "serve", "--urls", $"http://127.0.0.1:{taken.Uri.Port}", "--admin-urls", $"http://127.0.0.1:{FreePort.Take()}", "--data", Folder.At("data"));
        AssertTold(run, ("--urls", $"127.0.0.1:{taken.Uri.Port}", "Give another"));
    }

    /// <summary>Each of them was once met only when those before it had been mended.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_met_late_in_a_start_is_told_with_what_is_met_first(bool isPlanBad)
    {
        var taken = Upstream("taken");
        var config = Folder.Write("appsettings.json", """
            { "Snapback": { "Hooks": { "Allow": [ "not a name" ] }, "Notifications": [ { "format": "pigeon", "url": "https://chat.example/" } ] },
              "ReverseProxy": {
                "Routes": { "a": { "ClusterId": "one", "Match": { "Path": "/{**any" } } },
                "Clusters": { "one": { "LoadBalancingPolicy": "Fastest" } } } }
            """);
        var plan = Folder.Write("plan.yaml", Plans.StandingAt("5%") + (isPlanBad ? "\nsensitivty: high\n" : ""));
        var data = Path.Combine(Folder.Write("a-file", ""), "data");
        var run = await Cli.RunAsync(
        [
            "serve", "--config", config, .. Listening(taken.Uri.Port), "--data", data,
            "--stable", "http://127.0.0.1:1", "--canary", "http://127.0.0.1:1", "--plan", plan,
        ]);
        (string, string, string)[] late =
        [
            ("--urls", $"127.0.0.1:{taken.Uri.Port}", "Give another"),
            ("Snapback:Hooks:Allow:0", "not a name", "Write"),
            ("Snapback:Notifications", "pigeon", "cloudevents"),
            ("The store", data, "--data DIR"),
            ("ReverseProxy:Routes:a:Match:Path", "{**any", "Write it as /shop/{**rest}"),
            ("ReverseProxy:Clusters:one:LoadBalancingPolicy", "Fastest", "RoundRobin"),
        ];
        AssertTold(run, [.. late, .. isPlanBad ? [("sensitivty", "sensitivity", "")] : Array.Empty<(string, string, string)>()]);
    }

    [Fact]
    public async Task A_start_that_fails_has_said_of_nothing_that_it_is_done_and_done_nothing()
    {
        var taken = Upstream("taken");
        var (plan, data) = (Folder.Write("plan.yaml", Plans.StandingAt("5%")), Folder.At("data"));
        string[] start = ["serve", "--stable", "http://127.0.0.1:1", "--canary", "http://127.0.0.1:1", "--plan", plan, "--data", data];
        var run = await Cli.RunAsync([.. start, .. Listening(taken.Uri.Port)]);
        AssertTold(run, ("--urls", $"127.0.0.1:{taken.Uri.Port}", "Give another"));
        Assert.Equal("", run.Output);
        Assert.False(Directory.Exists(data));

        var config = Folder.Write("appsettings.json", """
            { "Serilog": { "MinimumLevel": "Loud" }, "ReverseProxy": { "Clusters": { "one": { "LoadBalancingPolicy": "Fastest" } } } }
            """);
        run = await Cli.RunAsync([.. start, "--config", config, .. Listening()]);
        AssertTold(run, ("ReverseProxy:Clusters:one:LoadBalancingPolicy", "Fastest", "RoundRobin"), ("Serilog", "Loud", ""));
        Assert.Equal("", run.Output);
    }

    /// <summary>Users were the first to learn of the first, by a 500 each; the others were taken for a defect, or for nothing.</summary>
    [Theory]
    [InlineData("""{ "Authentication": { "Schemes": { "Bearer": { "Authority": "http://a", "ValidAudience": "b" } } } }""", "Authentication:Schemes:Bearer", "HTTPS")]
    [InlineData("""{ "Serilog": { "MinimumLevel": "Loud" } }""", "Serilog", "Loud")]
    [InlineData("""{ "Serilog": { "Using": [ "Nope" ] } }""", "Serilog", "Nope")]
    [InlineData("""{ "Serilog": { "WriteToo": [ { "Name": "Console" } ] } }""", "Serilog:WriteToo", "Did you mean WriteTo?")]
    [InlineData("""{ "Serilog": { "MinimumLevel": { "Defualt": "Warning" } } }""", "Serilog:MinimumLevel:Defualt", "Did you mean Default?")]
    [InlineData("""{ "Serilog": { "WriteTo": [ { "Name": "Paper" } ] } }""", "Serilog", "Paper")]
    [InlineData("""{ "Snapback": { "TokenFile": [ "token" ] } }""", "Snapback:TokenFile", "list")]
    [InlineData("""{ "Snapback": { "TokenFile": "" } }""", "Snapback:TokenFile", "path is empty")]
    [InlineData("""{ "Snapback": { "Replica": "a\nb" } }""", "--replica", "printable")]
    [InlineData("""{ "Kestrel": { "Endpoints": { "a": { "Url": "http://127.0.0.1:1/x" } } } }""", "Kestrel:Endpoints:a:Url", "path")]
    public async Task A_section_with_which_it_would_not_work_keeps_it_from_starting(string config, string place, string what)
    {
        var run = await StartAsync("--config", Folder.Write("appsettings.json", config), "--stable", "http://127.0.0.1:1", "--canary", "http://127.0.0.1:1");
        AssertTold(run, (place, what, ""));
        Assert.Equal("", run.Output);
    }

    [Fact]
    public async Task Without_any_upstream_it_starts_and_says_how_to_give_it_one()
    {
        var proxy = await SnapbackAsync();

        await Eventually.SeeAsync("the log tells how", () => proxy.Process.Output.Contains("--stable URL --canary URL", StringComparison.Ordinal));
        var answer = await RawConnection.AskAsync(proxy.Traffic, RawConnection.Get("/"));
        Assert.Equal(404, answer.Status);
        Assert.Contains("--stable URL --canary URL", answer.Body, StringComparison.Ordinal);
    }

    private Task<Cli> StartAsync(params string[] args) => Cli.RunAsync(["serve", .. Listening(), "--data", Folder.At("data"), .. args]);

    /// <param name="port">Of the traffic side; null for a free one, as the admin side's is.</param>
    private static string[] Listening(int? port = null) =>
        ["--urls", $"http://127.0.0.1:{port ?? FreePort.Take()}", "--admin-urls", $"http://127.0.0.1:{FreePort.Take()}"];

    /// <summary>Each on a line of its own, with a remedy; and nothing that only a programmer can read.</summary>
    private static void AssertTold(Cli run, params (string Place, string What, string Remedy)[] errors)
    {
        Assert.Equal(BadConfiguration, run.ExitCode);
        var lines = run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.StartsWith("snapback cannot start; ", lines[0], StringComparison.Ordinal);
        Assert.All(errors, error => Assert.True(
            lines.Skip(1).Any(line => ((string[])[error.Place, error.What, error.Remedy]).All(part => line.Contains(part, StringComparison.Ordinal))),
            $"{error} is not told in:\n{run.Error}"));
        Assert.Equal(errors.Length, lines.Length - 1);
        Assert.All(lines.Skip(1), line => Assert.Matches("[.?]$", line));
        Assert.DoesNotContain("   at ", run.Output + run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", run.Output + run.Error, StringComparison.Ordinal);
    }
}
