using System.Text.Json;

namespace Snapback.Journeys.Restarts;

/// <summary>A configuration with a thousand plans, and a process that is killed while it takes them up: the next one goes on with it.</summary>
public sealed class AFirstStartWithManyPlansIsKilled : Journey
{
    private const int Plans = 1_000;
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(150);

    private readonly int _seed = Environment.TickCount;

    [Fact]
    public async Task Every_plan_is_there_whole_and_once()
    {
        var random = new Random(_seed);
        var (stable, canary) = (Upstream("stable"), Upstream("canary"));
        var config = Folder.Write("many.json", Configuration(stable.Uri, canary.Uri));
        var log = new FileInfo(Path.Combine(Folder.At("data"), "snapback.db-wal"));
        for (var kill = 0; kill < 4; kill++)
        {
            await using var first = SnapbackProcess.Start(Folder, ["--config", config]);
            var before = Size();
            await Eventually.SeeAsync("it writes", () => Task.FromResult(Size() != before || first.Process.HasExited), seen => seen, TimeSpan.FromSeconds(30));
            await Task.Delay(random.NextDouble() * Longest, TestContext.Current.CancellationToken);
            await first.KillAsync();
        }

        var proxy = await SnapbackAsync("--config", config);
        using var list = JsonDocument.Parse(await proxy.Admin.GetStringAsync("api/rollouts", TestContext.Current.CancellationToken));
        var found = list.RootElement.EnumerateArray().Select(rollout => rollout.GetProperty("name").GetString()!).ToHashSet(StringComparer.Ordinal);
        Assert.True(found.SetEquals(Enumerable.Range(0, Plans).Select(i => $"r{i}")), $"Seed {_seed}: {found.Count} of {Plans}");
        foreach (var i in Enumerable.Range(0, 40).Select(_ => random.Next(Plans)))
        {
            var line = Assert.Single(await proxy.HistoryAsync($"r{i}"));
            Assert.Equal("planned", line.GetProperty("kind").GetString());
        }

        await proxy.PostAsync("start", new { version = "2" }, $"r{Plans - 1}");

        long Size()
        {
            log.Refresh();
            return log.Exists ? log.Length : 0;
        }
    }

    private static string Configuration(Uri stable, Uri canary)
    {
        var all = Enumerable.Range(0, Plans).ToList();
        return JsonSerializer.Serialize(new
        {
            ReverseProxy = new
            {
                Routes = all.ToDictionary(i => $"r{i}", i => new { ClusterId = $"s{i}", Match = new { Path = $"/r{i}/{{**any}}" } }),
                Clusters = all.SelectMany(i => new[] { (Name: $"s{i}", At: stable), (Name: $"c{i}", At: canary) })
                    .ToDictionary(cluster => cluster.Name, cluster => new { Destinations = new { a = new { Address = cluster.At } } }),
            },
            Snapback = new
            {
                Rollouts = all.ToDictionary(i => $"r{i}", i => new
                {
                    Stable = $"s{i}",
                    Canary = $"c{i}",
                    Steps = new[] { new { Weight = "10%", Hold = "1h" } },
                    Objectives = new[] { new { Metric = "success-rate", Min = "99.5%" } },
                    Rollback = new { Authority = new[] { "shop-team" }, Deadline = "5m" },
                }),
            },
        });
    }
}
