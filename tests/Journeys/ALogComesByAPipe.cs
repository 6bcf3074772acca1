using System.Text;

namespace Snapback.Journeys;

/// <summary>A log is the same log whether it is named or piped.</summary>
public sealed class ALogComesByAPipe : Journey
{
    private const string Plan = """
        name: default
        steps: [ { weight: 50%, hold: 1h } ]
        objectives: [ { metric: success-rate, min: 99.5% } ]
        rollback: { authority: [ operator ], deadline: 5m }
        """;

    [Fact]
    public async Task A_byte_order_mark_and_a_byte_that_is_no_text_cost_it_no_line()
    {
        byte[] log = [.. Encoding.UTF8.Preamble, .. "{\"status\":200,\"agent\":\""u8, 0xE9, .. "\"}\n{\"status\":200}\n"u8];
        var (plan, named) = (Folder.Write("plan.yaml", Plan), Folder.At("log.jsonl"));
        await File.WriteAllBytesAsync(named, log, Ended);
        var file = await Cli.RunAsync("simulate", plan, "--record", named, "--json");
        var info = Cli.Command(["simulate", plan, "--record", "-", "--json"]);
        info.RedirectStandardInput = true;
        var piped = Own(Child.Start(info));
        await piped.Input.BaseStream.WriteAsync(log, Ended);
        piped.Input.Close();
        Assert.Equal((0, 0), (file.ExitCode, await piped.ExitAsync()));
        Assert.Contains("\"lines\": 2,", file.Output, StringComparison.Ordinal);
        Assert.Equal(file.Output.Replace(named, "-", StringComparison.Ordinal), piped.Output);
    }
}
