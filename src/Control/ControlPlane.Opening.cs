using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;
using Snapback.Control.Sharing.Fleet;
using Snapback.Control.Signing;

namespace Snapback.Control;

/// <summary>What happens before the loops run: what the store holds is taken up, and what the start gives is added.</summary>
public sealed partial class ControlPlane
{
    /// <summary>Plans that are given to the store at the same time: a Redis on a busy machine answers so many within one command's time-out.</summary>
    private const int SeededTogether = 100;

    /// <summary>The <c>by</c> of plans that a replica is started with.</summary>
    private const string Startup = "startup";

    /// <summary>Opens the store and takes up every rollout where it stood; evidence starts anew.</summary>
    /// <param name="fleet">Null for a replica that runs alone.</param>
    /// <exception cref="StoreUnavailableException">The embedded store cannot be opened.</exception>
    /// <exception cref="InvalidDataException">The signing keys cannot be read or made, or the configuration is wrong; a sentence a line.</exception>
    public static async Task<ControlPlane> OpenAsync(
        string directory, IConfiguration configuration, string replica, TimeProvider time, ILoggerFactory loggers, FleetOptions? fleet = null)
    {
        if (Problems(configuration) is { Count: > 0 } problems)
        {
            throw new InvalidDataException(string.Join(Environment.NewLine, problems));
        }

        // Before the keys, which are in its directory: one that cannot be written is the store's matter.
        var embedded = EmbeddedStore.Open(directory, configuration.GetValue("Snapback:HistoryLines", HistoryEntry.Kept));
        ControlPlane plane;
        try
        {
            plane = new ControlPlane(
                embedded, fleet, KeyRing.Open(KeysIn(directory, configuration), loggers.CreateLogger<KeyRing>()), configuration,
                replica, time, loggers);
        }
        catch (InvalidDataException)
        {
            await embedded.DisposeAsync();
            throw;
        }

        try
        {
            await plane.TakeUpAsync();
        }
        catch
        {
            await plane.DisposeAsync();
            throw;
        }

        return plane;
    }

    private async Task TakeUpAsync()
    {
        await _switchReader.ReadAsync();
        foreach (var stored in await Store.LoadAsync())
        {
            if (stored.Status is { } status
                && PlanReader.FromYaml(stored.Plan, defaults: new PlanDefaults(stored.Name)) is { IsValid: true, Plan: var plan })
            {
                var live = MakeLive(plan, status);
                Board.Put(live);
                if (stored.Untold is { } untold)
                {
                    live.Adopt(untold);
                    _sync.TakeUp(live);
                    // The fleet may have it already, and then nobody tells it to this replica's journal.
                    await (_fleet?.KeepAsync(SharedContent.Of(live)) ?? Task.CompletedTask);
                }
            }
            else
            {
                Board.LeaveAlone(stored.Name);
                LogUnreadable(stored.Name);
            }
        }

        await (_fleet?.JoinAsync() ?? Task.CompletedTask);
    }

    /// <summary>Plans given at the start: a store that has none gets them; what it has wins, and a difference is said.</summary>
    public async Task SeedAsync(IEnumerable<RolloutPlan> plans)
    {
        // Together they are few commits. Each is checked against those before it and comes to the store whole or not at all: a
        // start that is killed is gone on with by the next.
        foreach (var together in plans.Chunk(SeededTogether))
        {
            await Task.WhenAll(together.Select(SeedAsync));
        }
    }

    private async Task SeedAsync(RolloutPlan plan)
    {
        Board.Given.Add(plan);
        if (Board.TryGet(plan.Name, out var live))
        {
            if (PlanWriter.ToJson(live.Plan) != PlanWriter.ToJson(plan))
            {
                LogSeedDiffers(plan.Name);
            }

            return;
        }

        switch (await Commands.PutPlanAsync(plan, Startup))
        {
            case CommandResult.Refused refused:
                Board.Given.Refuse(plan.Name, refused.Sentence);
                LogSeedRefused(plan.Name, refused.Sentence);
                break;
            case CommandResult.Unavailable or CommandResult.Unknown when _fleet is { } fleet:
                await fleet.SeedAsync(plan, Startup);
                break;
            case CommandResult.Unavailable unavailable:
                throw new StoreUnavailableException(unavailable.Sentence, new InvalidOperationException(plan.Name));
        }
    }

    [LoggerMessage(
        EventIds.PlanUnreadable,
        LogLevel.Error,
        "Rollout {Rollout} in the store has a plan or a status that this version cannot read; it is left alone, and its traffic goes to stable.")]
    private partial void LogUnreadable(string rollout);

    [LoggerMessage(
        EventIds.SeedDiffers,
        LogLevel.Warning,
        "Rollout {Rollout}: the plan given at the start differs from the stored one; the stored one holds. Use 'snapback apply' to change it.")]
    private partial void LogSeedDiffers(string rollout);

    [LoggerMessage(EventIds.SeedRefused, LogLevel.Warning, "Rollout {Rollout}: the plan given at the start is not taken. {Why}")]
    private partial void LogSeedRefused(string rollout, string why);
}
