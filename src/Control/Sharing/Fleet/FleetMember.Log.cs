using Microsoft.Extensions.Logging;

namespace Snapback.Control.Sharing.Fleet;

/// <summary>What a replica says about its fleet.</summary>
internal sealed partial class FleetMember
{
    [LoggerMessage(EventIds.Adopted, LogLevel.Information, "Rollout {Rollout} {Kind} by {By}, heard from the fleet. {Sentence}")]
    private partial void LogAdopted(string rollout, string kind, string? by, string sentence);

    [LoggerMessage(EventIds.TakenUp, LogLevel.Information, "Rollout {Rollout} was heard of for the first time and is taken up.")]
    private partial void LogTakenUp(string rollout);

    [LoggerMessage(EventIds.FleetDeleted, LogLevel.Information, "Rollout {Rollout} was deleted by another replica.")]
    private partial void LogDeleted(string rollout);

    [LoggerMessage(EventIds.FleetDeleted, LogLevel.Warning, "Rollout {Rollout} is in Redis as it was before it was deleted; it is deleted again.")]
    private partial void LogDeletedAgain(string rollout);

    [LoggerMessage(EventIds.StartedAlone, LogLevel.Warning, "The fleet does not answer yet: this replica starts with stable only and goes on trying.")]
    private partial void LogStartedAlone();

    [LoggerMessage(EventIds.Rejoined, LogLevel.Information, "Rollout {Rollout}: the fleet is heard; the canary has {Weight}% here.")]
    public partial void LogRejoined(string rollout, decimal weight);

    [LoggerMessage(
        EventIds.Isolated,
        LogLevel.Warning,
        "Rollout {Rollout}: nothing heard of the fleet for {SilenceMs} ms; its canary gets nothing here until it is.")]
    public partial void LogIsolated(string rollout, double silenceMs);

    [LoggerMessage(EventIds.FleetUnreadable, LogLevel.Error, "Rollout {Rollout} in Redis {Why}.")]
    public partial void LogUnreadable(string rollout, string why);

    [LoggerMessage(
        EventIds.FleetForeign,
        LogLevel.Error,
        "Rollout {Rollout}: the fleet's was made at {Theirs:u} and is at generation {TheirGeneration}, that in this replica's directory was made at " +
        "{Mine:u} and is at generation {MyGeneration}, so it is another one. Neither is written over the other: the canary gets nothing here. " +
        "Start this replica with an empty --data to take the fleet's.")]
    public partial void LogForeign(string rollout, DateTimeOffset theirs, long theirGeneration, DateTimeOffset mine, long myGeneration);

    [LoggerMessage(
        EventIds.FleetForeign,
        LogLevel.Error,
        "Rollout {Rollout} of this replica's directory is unknown to the fleet and left out; nothing of it is deleted. {Why} " +
        "Start this replica with an empty --data where it is not wanted.")]
    private partial void LogLeftOut(string rollout, string why);

    [LoggerMessage(
        EventIds.FleetUnreadable,
        LogLevel.Error,
        "Channel {Channel} carries messages that this version of Snapback cannot read; they are not heard.")]
    private partial void LogStrangeMessage(string channel);

    [LoggerMessage(EventIds.NotJournaled, LogLevel.Error, "Rollout {Rollout} could not be written to this replica's own disk: {Why}")]
    private partial void LogNotJournaled(string rollout, string why);

    [LoggerMessage(EventIds.LoopFailed, LogLevel.Error, "The beat of rollout {Rollout} failed; it starts again in a second.")]
    private partial void LogBeatFailed(Exception why, string rollout);

    [LoggerMessage(EventIds.LoopFailed, LogLevel.Error, "The look for rollouts of the fleet that are not known here failed; it comes again in two seconds.")]
    private partial void LogDiscoveryFailed(Exception why);
}
