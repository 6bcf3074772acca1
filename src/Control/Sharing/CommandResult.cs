using Snapback.Control.Rollouts;

namespace Snapback.Control.Sharing;

/// <summary>How a command ended. Everything but <see cref="Done"/> and <see cref="Unknown"/> means that nothing moved.</summary>
public abstract record CommandResult
{
    private CommandResult()
    {
    }

    /// <param name="What">What was done, for commands that the status does not tell from one that did nothing.</param>
    public sealed record Done(RolloutStatus Status, string? What = null) : CommandResult;

    /// <param name="MayBeThere">The fleet has not been heard yet, and it may have it.</param>
    public sealed record UnknownRollout(string Sentence, bool MayBeThere = false) : CommandResult
    {
        /// <summary>So many names are read at a glance; whoever has more of them has a list to look at.</summary>
        private const int MostNamed = 5;

        public static UnknownRollout On(RolloutBoard board, string name)
        {
            if (board.IsLeftAlone(name))
            {
                return new(
                    $"The store has a rollout '{name}' that this version cannot read; it is left alone, and its traffic goes to stable. Start the version that wrote it.");
            }

            if (board.IsPartial)
            {
                return new(Unheard($"Whether there is a rollout '{name}'"), MayBeThere: true);
            }

            if (board.Given.RefusalOf(name) is { } refusal)
            {
                return new($"There is no rollout '{name}': {refusal}");
            }

            var others = board.Each.Select(live => live.Name).Take(MostNamed + 1).Order(StringComparer.Ordinal).ToList();
            return new(others.Count switch
            {
                0 => $"There is no rollout '{name}', nor any other. Make one with 'snapback apply FILE'.",
                <= MostNamed => $"There is no rollout '{name}'. Name one of these: {string.Join(", ", others)}.",
                _ => $"There is no rollout '{name}'. Name one of those that 'snapback list' and GET /api/rollouts show.",
            });
        }
    }

    /// <param name="what">What a replica cannot say before it has heard the others.</param>
    public static string Unheard(string what) =>
        $"{what} is not known here: this replica has not heard its fleet since it started. Ask another replica, or wait until this one hears it.";

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
