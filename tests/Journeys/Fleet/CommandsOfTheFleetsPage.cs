using System.Runtime.CompilerServices;

namespace Snapback.Journeys.Fleet;

/// <summary>What docs/fleet.md tells to type, typed, with this machine's ports in place of the page's.</summary>
public sealed class CommandsOfTheFleetsPage : FleetJourney
{
    [Fact]
    public async Task Every_one_works_in_its_order()
    {
        var redis = await RedisAsync();
        foreach (var command in File.ReadLines(Page()).Where(line => line.StartsWith("$ ", StringComparison.Ordinal)))
        {
            string[] words = [.. command[2..].Split(' ').Skip(1).Select(word => word switch
            {
                "http://127.0.0.1:5001" => StableArm.Uri.ToString(),
                "http://127.0.0.1:5002" => CanaryArm.Uri.ToString(),
                "127.0.0.1:6379" => redis.Connection,
                "./data" or "./data-2" or "rollouts.json" => Folder.At(word),
                _ => word,
            })];
            if (words[0] == "store")
            {
                await Task.WhenAll(Replicas.Where(replica => !replica.Process.HasExited).Select(replica => replica.TerminateAsync()));
                words = [.. words.Select(word => word == Folder.At("./data") ? Folder.At("data") : word)];
                var run = await Cli.RunAsync(words);
                Assert.True(run.ExitCode == 0, $"{command}: {run.Error}{run.Output}");
            }
            else
            {
                // The harness gives each its own addresses.
                Replicas.Add(Own(SnapbackProcess.Start(Folder, [.. words.Where((word, at) => !IsAddress(word) && (at == 0 || !IsAddress(words[at - 1])))])));
                await Replicas[^1].ReadyAsync();
            }

            if (Replicas.Count == 2 && words[0] != "store")
            {
                await Replicas[1].PostAsync("start", new { version = "v1" });
                await AllSeeAsync("both have it", status => status is { Version: "v1", Fleet.Replicas: 2 });
            }
        }

        Assert.Equal(2, Replicas.Count);
    }

    private static bool IsAddress(string word) => word is "--urls" or "--admin-urls";

    private static string Page([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../../docs/fleet.md"));
}
