using Snapback.Control.Rollouts;

namespace Snapback.Control.Sharing;

/// <summary>How a command ended. Everything but <see cref="Done"/> and <see cref="Unknown"/> means that nothing moved.</summary>
public abstract record CommandResult
{
    private CommandResult()
    {
    }

    public sealed record Done(RolloutStatus Status) : CommandResult;

    public sealed record UnknownRollout(string Name) : CommandResult
    {
        public string Sentence => $"There is no rollout '{Name}'.";
    }

    /// <summary>The transition table, or the state of things, says no.</summary>
    public sealed record Refused(string Sentence) : CommandResult;

    /// <summary>The caller's view is older than the status.</summary>
    public sealed record Stale(RolloutStatus Status) : CommandResult;

    /// <summary>The store cannot take a commit now.</summary>
    public sealed record Unavailable(string Sentence) : CommandResult;

    /// <summary>The store was given the commit and did not answer: the one case in which something may have moved.</summary>
    public sealed record Unknown(string Sentence) : CommandResult;

    public static CommandResult Of(StoreUnavailableException e) => e is OutcomeUnknownException ? new Unknown(e.Message) : new Unavailable(e.Message);
}
