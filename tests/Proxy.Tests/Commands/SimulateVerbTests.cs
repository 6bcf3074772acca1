using System.CommandLine;
using System.Text.Json;
using Snapback.Proxy.Commands;
using Snapback.Proxy.Commands.Rendering;
using Spectre.Console;
using Xunit;

namespace Snapback.Proxy.Tests.Commands;

public sealed class SimulateVerbTests : IDisposable
{
    private const string Good = """
        name: payments-api
        stable: payments-stable
        canary: payments-canary
        steps: [ { weight: 5%, hold: 10m, requests: 500 }, { weight: 100%, bake: 30m } ]
        objectives: [ { metric: success-rate, min: 99.5% }, { metric: p95, max: 400ms } ]
        rollback: { authority: [ oncall ], deadline: 5m }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("simulate").FullName;

    [Theory]
    [InlineData(80)]
    [InlineData(60)]
    public async Task A_plan_is_told_on_one_screen_that_fits(int width)
    {
        var said = await RunAsync(width, Write("plan.yaml", Good), "--runs", "40", "--bad", "5%", "100%");

        Assert.Equal((ExitCodes.Done, ""), (said.Code, said.Error));
        AssertHas(said.Out, "payments-api", "success-rate ≥ 99.5%", "never in 40 runs (95% interval 0% to 8.8%)", "40m after the start", "5% bad",
            "100% bad", "one dead pod of five", "hang", "within its limit: 1.64% over 400 ms", "retry storm of one client",
            "common outage", "█", "767");
        Assert.All(said.Lines, line => Assert.True(line.Length <= width, $"{line.Length}: {line}"));
        Assert.DoesNotContain('…', said.Out);
        Assert.DoesNotContain('\u001b', said.Out);
    }

    [Theory]
    [InlineData(40)]
    [InlineData(60)]
    public async Task On_a_narrow_screen_the_figures_are_whole(int width)
    {
        var plan = Write("plan.yaml", Good);
        var wide = await RunAsync(80, plan, "--runs", "40", "--bad", "2%");
        var narrow = await RunAsync(width, plan, "--runs", "40", "--bad", "2%");

        var row = wide.Lines.First(line => line.StartsWith("2% bad  ", StringComparison.Ordinal))[6..]
            .Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var words = string.Join(' ', narrow.Out.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(
            $"2% bad: found {row[0]} after {row[1]} responses, {row[2]} (median) "
                + $"victims {row[3]} (mean), {row[4]} without window, {row[5]} with shield",
            words,
            StringComparison.Ordinal);
        AssertHas(words, width == 40 ? "5%: lasts 10m, canary/s 5 3,000 responses, finds from 1.08%" : "5% 10m 5 3,000 1.08%");
        Assert.Equal(width == 60, words.Contains("solid to the median", StringComparison.Ordinal));
        Assert.All(narrow.Lines, line => Assert.True(line.Length <= width, $"{line.Length}: {line}"));
    }

    [Theory]
    [InlineData("0.1", " 0.005 500 ")]
    [InlineData("0.01", " 0.0005 500 ")]
    public async Task A_canary_that_gets_little_is_not_said_to_get_nothing(string rps, string row)
    {
        var said = await RunAsync(80, Write("plan.yaml", Good), "--runs", "2", "--bad", "100%", "--rps", rps);
        AssertHas(string.Join(' ', said.Out.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries)), row);
    }

    [Fact]
    public async Task A_plan_may_come_from_standard_input_but_not_together_with_a_log()
    {
        var host = new ClientHost { OpenConsole = writer => Cli.Console(writer, 80), Input = new StringReader(Good) };

        var said = await RunAsync(host, "-", "--runs", "5", "--bad", "100%");
        var both = await RunAsync(host, "-", "--record", "-");

        Assert.Equal((ExitCodes.Done, ""), (said.Code, said.Error));
        AssertHas(said.Out, "payments-api");
        Assert.Equal(ExitCodes.Usage, both.Code);
        AssertHas(both.Error, "Only one of the plan and the logs can be standard input");
    }

    [Fact]
    public async Task In_a_pipe_a_row_and_a_sentence_are_one_line_and_the_chart_is_as_wide_as_a_screen()
    {
        var name = string.Join('-', Enumerable.Repeat("a-name-that-is-long", 3));

        var said = await RunAsync(
            Consoles.Open,
            Write("plan.yaml", Good.Replace("payments-api", name, StringComparison.Ordinal)),
            "--runs",
            "5",
            "--rps",
            "1",
            "--bad",
            "1%",
            "100%",
            "--slow",
            "12.345%");

        Assert.Equal((ExitCodes.Done, ""), (said.Code, said.Error));
        Assert.Contains($"{name}  5%", said.Lines[0], StringComparison.Ordinal);
        Assert.Contains(
            said.Lines,
            line =>
                line.StartsWith("Traffic ", StringComparison.Ordinal)
                    && line.EndsWith("12.345% ten times as long", StringComparison.Ordinal));
        Assert.Contains(
            said.Lines,
            line =>
                line.StartsWith("⚠ At 1% bad", StringComparison.Ordinal) && line.EndsWith("finds it.", StringComparison.Ordinal));
        Assert.All(
            said.Lines.Where(line => line.Contains('█', StringComparison.Ordinal)),
            line => Assert.True(line.Length <= 80, $"{line.Length}: {line}"));
        Assert.All(said.Lines, line => Assert.Equal(line.TrimEnd(), line));
    }

    [Fact]
    public async Task What_a_record_would_have_led_to_is_said_in_one_line_in_a_pipe()
    {
        var lines = Enumerable.Range(0, 100).Select(i => $$"""{"t":{{i}},"outcome":"{{(i >= 60 ? "failure" : "success")}}","ms":20}""");

        var said = await RunAsync(Consoles.Open, Write("plan.yaml", Good), "--record", Write("log", string.Join('\n', lines)));

        Assert.Contains(
            said.Lines,
            line =>
                line.Contains("Rolled back payments-canary", StringComparison.Ordinal)
                    && line.Contains("evidence", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_numbers_are_there_for_scripts_too_and_the_same_each_time()
    {
        string[] args = [Write("plan.yaml", Good), "--runs", "20", "--json", "--seed", "7"];
        var (first, second) = (await RunAsync(80, args), await RunAsync(80, args));

        Assert.Equal(first.Out, second.Out);
        var root = JsonDocument.Parse(first.Out).RootElement;
        Assert.Equal(0, root.GetProperty("healthy").GetProperty("falseRollback").GetProperty("count").GetInt32());
        Assert.Equal(7, root.GetProperty("seed").GetInt32());
        var dead = root.GetProperty("faults").EnumerateArray().Single(fault => fault.GetProperty("name").GetString() == "100% bad");
        Assert.Equal(2, dead.GetProperty("responses").GetProperty("median").GetDouble());
        Assert.Equal(1, dead.GetProperty("rolledBack").GetProperty("share").GetDouble());
    }

    [Fact]
    public async Task Without_a_plan_the_default_one_is_tried()
    {
        var said = await RunAsync(80, "--runs", "5", "--bad", "1");

        Assert.Equal(ExitCodes.Done, said.Code);
        AssertHas(said.Out, "5% → 25% → 50% → 100%", "1% bad", "latency doubled: not watched", "⚠ A canary that hangs");
    }

    [Theory]
    [InlineData("--rps 0", "--rps is '0'; give a number from 0.01 to 1000000.")]
    [InlineData("--rps NaN", "--rps is 'NaN'")]
    [InlineData("--bad 0%", "--bad is '0%'; give per cent such as 1% or 0.1%, above 0% and at most 100%.")]
    [InlineData("--bad 1% 101%", "--bad is '101%'")]
    [InlineData("--healthy 100%", "--healthy is '100%'")]
    [InlineData("--runs 0", "--runs is '0'; give a whole number from 1 to 1000000.")]
    [InlineData("--burst 1.5", "--burst is '1.5'")]
    [InlineData("--latency 40", "--latency is '40'; give the median and the p95 in ms, such as 40/120")]
    [InlineData("--latency 120/40", "--latency is '120/40'")]
    [InlineData("--admission none", "--admission is 'none'")]
    [InlineData("--breaks-after soon", "'soon' is no duration")]
    [InlineData("--stable-record x", "--stable-record goes with --record")]
    [InlineData("--record x --rps 5", "--rps is about the traffic model, and --record replays what happened; leave one of them out.")]
    public async Task A_value_that_is_none_is_a_mistake_in_the_call(string args, string sentence)
    {
        var said = await RunAsync(80, args.Split(' '));

        Assert.Equal(ExitCodes.Usage, said.Code);
        Assert.Contains(sentence, said.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_invalid_plan_exits_1_with_all_its_problems()
    {
        var said = await RunAsync(
            80,
            Write(
                "plan.yaml",
                Good.Replace("99.5%", "199%", StringComparison.Ordinal).Replace("oncall", "", StringComparison.Ordinal)));

        Assert.Equal((1, ""), (said.Code, said.Out));
        AssertHas(said.Error, "199%", "authority");
    }

    [Theory]
    [InlineData(80)]
    [InlineData(60)]
    public async Task A_record_is_told_whether_when_and_why(int width)
    {
        var lines = Enumerable.Range(0, 100).Select(i => $$"""{"t":{{i}},"outcome":"{{(i >= 60 ? "failure" : "success")}}","ms":20}""").Append("broken");
        var said = await RunAsync(width, Write("plan.yaml", Good), "--record", Write("log", string.Join('\n', lines)));

        Assert.Equal((ExitCodes.Done, ""), (said.Code, said.Error));
        AssertHas(
            said.Out,
            "Would have rolled back",
            "line 63, 1m2s after the first",
            "Rolled back payments-canary",
            "37 canary failures",
            "1 more cannot be read",
            "line 101");
        Assert.All(said.Lines, line => Assert.True(line.Length <= width, $"{line.Length}: {line}"));
    }

    [Fact]
    public async Task A_good_record_would_not_have_rolled_back()
    {
        var log = Write("log", string.Join('\n', Enumerable.Repeat("""{"status":200,"request_time":0.02}""", 50)));

        AssertHas((await RunAsync(80, "--record", log)).Out, "Would not have rolled back", "0% of a rollback", "no time");
        Assert.Equal(
            JsonValueKind.Null,
            JsonDocument.Parse(
                (await RunAsync(80, "--record", log, "--json")).Out).RootElement.GetProperty("rollback").ValueKind);
    }

    [Theory]
    [InlineData("one\ntwo\n{\"status\":200}", "2 of 3 lines cannot be read; line 1: neither a JSON object")]
    [InlineData("", "the log is empty")]
    public async Task A_log_that_is_none_exits_1_with_the_remedy(string text, string sentence)
    {
        var said = await RunAsync(80, "--record", Write("log", text));

        Assert.Equal((1, ""), (said.Code, said.Out));
        AssertHas(said.Error, sentence, "Give");
    }

    [Fact]
    public async Task A_log_that_is_not_there_or_has_no_times_exits_1()
    {
        var log = Write("log", """{"status":200}""");

        Assert.Contains("gone.log", (await RunAsync(80, "--record", "gone.log")).Error, StringComparison.Ordinal);
        Assert.Contains(
            "some of their lines have no time",
            (await RunAsync(80, "--record", log, "--stable-record", log)).Error,
            StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static void AssertHas(string text, params string[] parts)
    {
        // A sentence may be broken anywhere.
        var flat = string.Join(' ', text.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries));
        Assert.All(parts, part => Assert.Contains(part, flat, StringComparison.Ordinal));
    }

    private static Task<Said> RunAsync(int width, params string[] args) => RunAsync(writer => Cli.Console(writer, width), args);

    private static Task<Said> RunAsync(Func<TextWriter, IAnsiConsole> open, params string[] args) =>
        RunAsync(new ClientHost { OpenConsole = open }, args);

    private static async Task<Said> RunAsync(ClientHost host, params string[] args)
    {
        var root = new RootCommand { SimulateVerb.Define(host) };
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await CommandLine.InvokeAsync(
            root, ["simulate", .. args], new InvocationConfiguration { Output = output, Error = error }, TestContext.Current.CancellationToken);
        return new Said(code, output.ToString(), error.ToString());
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
