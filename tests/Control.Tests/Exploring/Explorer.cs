namespace Snapback.Control.Tests.Exploring;

/// <summary>What was found when every order of steps was tried.</summary>
/// <param name="States">Different states that were reached.</param>
/// <param name="Ends">Those of them from which nothing more can happen.</param>
/// <param name="Fault">The first thing that was wrong, on a shortest way to it; null if nothing was.</param>
/// <param name="Trace">The steps of that way.</param>
internal sealed record Exploration(int States, int Ends, string? Fault, IReadOnlyList<string> Trace)
{
    public override string ToString() => Fault is null ? $"{States} states, {Ends} ends, nothing wrong" : $"{Fault}\n  {string.Join("\n  ", Trace)}";
}

/// <summary>
/// Tries every order in which the steps of several actors can follow each other: breadth first, each state once, so that a fault
/// comes with a shortest way to it. A step must be what the real thing does in one instruction, or under one lock.
/// </summary>
internal static class Explorer
{
    /// <param name="steps">Every step that can come next, with the state after it; none at an end. A lost message is a step too.</param>
    /// <param name="wrong">A sentence if the state must not be; null if it may.</param>
    /// <param name="wrongAtEnd">The same for states in which nothing more can happen.</param>
    /// <param name="mostStates">A model that has more is too large to be a proof.</param>
    public static Exploration Explore<TState>(
        TState start,
        Func<TState, IEnumerable<(string Step, TState Next)>> steps,
        Func<TState, string?> wrong,
        Func<TState, string?>? wrongAtEnd = null,
        int mostStates = 2_000_000)
        where TState : notnull, IEquatable<TState>
    {
        var cameBy = new Dictionary<TState, (TState From, string Step)> { [start] = (start, "") };
        var waiting = new Queue<TState>([start]);
        var ends = 0;
        while (waiting.TryDequeue(out var state))
        {
            var isEnd = true;
            foreach (var (step, next) in steps(state))
            {
                isEnd = false;
                if (cameBy.TryAdd(next, (state, step)))
                {
                    waiting.Enqueue(next);
                }
            }

            ends += isEnd ? 1 : 0;
            if ((wrong(state) ?? (isEnd ? wrongAtEnd?.Invoke(state) : null)) is { } fault)
            {
                return new Exploration(cameBy.Count, ends, fault, Trace(cameBy, start, state));
            }

            if (cameBy.Count > mostStates)
            {
                throw new InvalidOperationException($"More than {mostStates} states: make the model smaller, or what it remembers.");
            }
        }

        return new Exploration(cameBy.Count, ends, null, []);
    }

    private static List<string> Trace<TState>(Dictionary<TState, (TState From, string Step)> cameBy, TState start, TState state)
        where TState : notnull, IEquatable<TState>
    {
        var trace = new List<string>();
        while (!state.Equals(start))
        {
            var (from, step) = cameBy[state];
            trace.Insert(0, $"{step} → {state}");
            state = from;
        }

        return trace;
    }
}
