using System.Text.Json;

namespace Snapback.Journeys.Fleet;

/// <summary>
/// A plan given at the start is taken if the store has none of its name. Whoever looks, and not only whoever reads the log,
/// learns that it was not.
/// </summary>
public sealed class APlanThatIsNotTaken : FleetJourney
{
    private const string Differs = "The plan given at this replica's start differs";

    [Fact]
    public async Task A_replica_that_was_given_another_plan_says_so_until_it_holds()
    {
        var redis = await RedisAsync();
        await FleetAsync(redis.Connection, Plans.StandingAt("50%"), replicas: 1);
        await FleetAsync(redis.Connection, Plans.StandingAt("20%"), replicas: 1);
        Assert.Null(Given(await Replicas[0].StatusAsync()));
        Assert.StartsWith(Differs, Given(await Replicas[1].StatusAsync()), StringComparison.Ordinal);
        Assert.Contains(Differs, Words((await Replicas[1].CliAsync("status")).Output), StringComparison.Ordinal);

        Assert.Equal(0, (await Replicas[0].CliAsync("apply", Folder.At("plan-r2.yaml"))).ExitCode);
        await Replicas[1].SeeAsync("its plan holds", status => Given(status) is null);
        await Replicas[0].SeeAsync("and the other one's does not", status => Given(status) is not null);
    }

    [Fact]
    public async Task A_replica_that_started_without_the_fleet_says_so_when_it_hears_it()
    {
        var redis = await RedisAsync();
        await FleetAsync(redis.Connection, Plans.StandingAt("50%"), replicas: 1);
        redis.Process.Freeze();
        Replicas.Add(Launch("r2", redis.Connection, Plans.StandingAt("20%")));
        await Replicas[1].ReadyAsync();
        Assert.Null(Given(await Replicas[1].StatusAsync()));
        redis.Process.Thaw();
        await Replicas[1].SeeAsync("the fleet's plan holds", status => status.Fleet.Heard && Given(status) is not null);
    }

    [Fact]
    public async Task A_plan_that_another_rollout_excludes_is_missing_with_a_reason()
    {
        var redis = await RedisAsync();
        await FleetAsync(redis.Connection, Plans.StandingAt("50%"), replicas: 1);
        await FleetAsync(redis.Connection, Plans.StandingAt("50%").Replace("name: default", "name: other", StringComparison.Ordinal), replicas: 1);
        var missing = await Replicas[1].CliAsync("status", "other");
        Assert.Contains("There is no rollout 'other': the plan given at the start is not taken.", Words(missing.Error), StringComparison.Ordinal);
        Assert.Contains("'default'", Words(missing.Error), StringComparison.Ordinal);
    }

    /// <summary>Wherever the lines break.</summary>
    private static string Words(string output) => string.Join(' ', output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static string? Given(Status status) =>
        status.Json.GetProperty("givenPlan") is { ValueKind: JsonValueKind.String } sentence ? sentence.GetString() : null;
}
