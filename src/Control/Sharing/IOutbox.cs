using Snapback.Control.Rollouts;

namespace Snapback.Control.Sharing;

/// <summary>
/// The news that no notification has gone out for yet (a transactional outbox): kept where the history is and written in the same step, so
/// that no crash between the two swallows one. Every call throws <see cref="StoreUnavailableException"/> if the store cannot do it now.
/// </summary>
public interface IOutbox
{
    /// <summary>Keeps news that are no line of the history, unless they were told already.</summary>
    Task PutAsync(OutboxEntry news);

    /// <summary>Asks whether this replica is the one to tell it. A claim that is not renewed within five seconds is another's.</summary>
    Task<Claim> ClaimAsync(string rollout, string id);

    /// <summary>Told, also if it was never put: then it stays told when it is.</summary>
    Task ToldAsync(string rollout, string id, DateTimeOffset now);

    /// <summary>What nobody has been told of these rollouts; each one's oldest first.</summary>
    /// <param name="rollouts">Not enumerated where the store can see without them that nothing is pending.</param>
    Task<IReadOnlyList<OutboxEntry>> PendingAsync(IEnumerable<string> rollouts);
}

public enum Claim
{
    Mine,

    /// <summary>Told already, or being told by another replica.</summary>
    Others,

    /// <summary>The store has never heard of it.</summary>
    Unknown,
}

/// <param name="Entry">What happened; its id is the same on every replica that made it happen.</param>
/// <param name="Status">What held then.</param>
public sealed record OutboxEntry(HistoryEntry Entry, RolloutStatus Status);
