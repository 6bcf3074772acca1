using Snapback.Control.Rollouts;

namespace Snapback.Control.Tests.Exploring;

/// <summary>Mistakes that somebody could make in the core; each must be found.</summary>
public enum Planted
{
    Nothing,

    /// <summary>The pick is stored without comparing: whoever closed meanwhile is undone.</summary>
    PickByStore,

    /// <summary>The weight is looked at, and the pick then added to whatever the word has become.</summary>
    PickByAdd,

    /// <summary>A compare-and-set that failed counts as one that succeeded.</summary>
    FailureIgnored,

    /// <summary>The last pick is read in one instruction and the weight zeroed in another.</summary>
    CloseReadsBefore,

    /// <summary>Weight 0, and nothing that says it is for good.</summary>
    NotClosed,

    /// <summary>A command raises the weight of what was closed.</summary>
    RaiseReopens,

    /// <summary>The request that ends reads and writes in two instructions.</summary>
    LeaveInTwo,

    /// <summary>Whoever comes second to close believes to have closed.</summary>
    EverybodyCloses,
}

/// <summary>One actor's registers: where it is in its program, and the word it last saw.</summary>
internal readonly record struct Registers(int At, long Seen, int Left);

/// <summary>What really happened, beside what the word says.</summary>
internal readonly record struct Facts(
    uint Picks,
    int InFlight,
    bool IsDecided,
    uint ToldSequence,
    int ToldInFlight,
    int InFlightThen,
    int Closers,
    bool PickedAfter);

internal readonly record struct PickState(long Word, Facts Facts, Registers One, Registers Two, Registers Three)
{
    public PickWord Pick => new(Word);

    public override string ToString() =>
        $"weight {Pick.Weight}{(Pick.Closed ? " closed" : "")}, {Pick.InFlight} in flight, pick {Pick.Sequence}; "
        + $"{Facts.Picks} picked, {Facts.InFlight} unanswered";
}

/// <summary>
/// The core of a generation as a step machine: what <see cref="Generation"/> does with its word, one atomic instruction a step, with the
/// real word's own functions. Programs: requests that pick and leave, closers, and commands that raise the weight.
/// </summary>
internal static class PickMachine
{
    public delegate (string Step, PickState Next, Registers Registers)? Program(PickState state, Registers registers);

    private const int Done = 99;

    /// <summary>A generation at this weight, before any of the three has begun.</summary>
    public static PickState Start(int basisPoints) => new(default(PickWord).WithWeight(basisPoints).Bits, default, default, default, default);

    public static IEnumerable<(string, PickState)> Steps(PickState state, Program one, Program two, Program three)
    {
        if (one(state, state.One) is { } a)
        {
            yield return ("1 " + a.Step, a.Next with { One = a.Registers });
        }

        if (two(state, state.Two) is { } b)
        {
            yield return ("2 " + b.Step, b.Next with { Two = b.Registers });
        }

        if (three(state, state.Three) is { } c)
        {
            yield return ("3 " + c.Step, c.Next with { Three = c.Registers });
        }
    }

    /// <summary>So many requests one after the other, each of a draw below every weight but 0.</summary>
    public static Program Requests(int count, Planted planted = Planted.Nothing) => (state, own) => own.At switch
    {
        0 when own.Left == count => null,
        0 => ("reads", state, own with { At = 1, Seen = state.Word }),
        1 => own.Admitted() ? Pick(state, own, planted) : ("gets stable", state, own with { At = 0, Left = own.Left + 1 }),
        2 when planted == Planted.LeaveInTwo => ("reads to leave", state, own with { At = 3, Seen = state.Word }),
        2 => ("leaves", Left(state) with { Word = state.Word - PickWord.OneInFlight }, own with { At = 0, Left = own.Left + 1 }),
        3 => ("writes what it read less one", Left(state) with { Word = own.Seen - PickWord.OneInFlight }, own with { At = 0, Left = own.Left + 1 }),
        _ => null,
    };

    /// <summary>The judge or an operator closes at 0; <paramref name="weight"/> 10 000 is a promotion.</summary>
    public static Program Closer(int weight = 0, Planted planted = Planted.Nothing) => (state, own) => own.At switch
    {
        0 => ("reads to close", state, own with { At = 1, Seen = state.Word }),
        1 when new PickWord(own.Seen).Closed && planted != Planted.EverybodyCloses => ("finds it closed", state, own with { At = Done }),
        1 when planted == Planted.CloseReadsBefore =>
            ("closes whatever it became", Closed(state, own.Seen, state.Pick, weight, planted), own with { At = Done }),
        1 when own.Seen == state.Word => ("closes", Closed(state, own.Seen, state.Pick, weight, planted), own with { At = Done }),
        1 => ("saw another word", state, own with { Seen = state.Word }),
        _ => null,
    };

    /// <summary>A command that was committed before anybody knew of the rollback.</summary>
    public static Program Raiser(int weight, Planted planted = Planted.Nothing) => (state, own) => own.At switch
    {
        0 => ("reads to raise", state, own with { At = 1, Seen = state.Word }),
        1 when new PickWord(own.Seen).Closed && planted != Planted.RaiseReopens => ("finds it closed", state, own with { At = Done }),
        1 when own.Seen == state.Word => ("raises", state with { Word = state.Pick.WithWeight(weight).Bits }, own with { At = Done }),
        1 => ("saw another word", state, own with { Seen = state.Word }),
        _ => null,
    };

    /// <summary>What must hold in every state.</summary>
    public static string? Wrong(PickState state) => state switch
    {
        { Facts.PickedAfter: true } => "A request was sent to the canary after the decision.",
        { Facts: { IsDecided: true, ToldSequence: var told, Picks: var picks } } when told != picks =>
            $"The decision says that {told} were picked, and {picks} are.",
        { Facts: { IsDecided: true, ToldInFlight: var told, InFlightThen: var were } } when told != were =>
            $"The decision says that {told} were in flight, and {were} were.",
        { Facts.Closers: > 1 } => "Two believe to have closed the same generation.",
        { Facts.IsDecided: true, Pick: { Weight: > 0 } or { Closed: false } } => "What was closed at 0 is open again.",
        { Facts: var facts, Pick: var word } when word.InFlight != facts.InFlight =>
            $"The word counts {word.InFlight} in flight, and {facts.InFlight} are.",
        { Facts: var facts, Pick: var word } when word.Sequence != facts.Picks =>
            $"The word numbers {word.Sequence} picks, and {facts.Picks} were made.",
        _ => null,
    };

    public static string? WrongAtEnd(PickState state) => state.Pick.InFlight == 0
        ? null
        : $"{state.Pick.InFlight} places in flight are lost for ever.";

    private static bool Admitted(this Registers own) => new PickWord(own.Seen) is { Weight: > 0, InFlight: < PickWord.MaxInFlight };

    private static (string, PickState, Registers)? Pick(PickState state, Registers own, Planted planted)
    {
        var picked = planted == Planted.PickByAdd ? state.Pick.WithPick() : new PickWord(own.Seen).WithPick();
        var isUnchanged = own.Seen == state.Word;
        if (!isUnchanged && planted is not (Planted.PickByStore or Planted.PickByAdd or Planted.FailureIgnored))
        {
            return ("saw another word", state, own with { Seen = state.Word });
        }

        var facts = state.Facts;
        var word = isUnchanged || planted != Planted.FailureIgnored ? picked.Bits : state.Word;
        return (
            "picks the canary",
            state with { Word = word, Facts = facts with { Picks = facts.Picks + 1, InFlight = facts.InFlight + 1, PickedAfter = facts.IsDecided } },
            own with { At = 2 });
    }

    private static PickState Left(PickState state) => state with { Facts = state.Facts with { InFlight = state.Facts.InFlight - 1 } };

    private static PickState Closed(PickState state, long told, PickWord word, int weight, Planted planted)
    {
        var closed = word.WithWeight(weight);
        var facts = state.Facts with { Closers = state.Facts.Closers + 1 };
        return state with
        {
            Word = planted == Planted.NotClosed ? closed.Bits : closed.WithClosed().Bits,
            Facts = weight > 0 ? facts : facts with
            {
                IsDecided = true,
                ToldSequence = new PickWord(told).Sequence,
                ToldInFlight = new PickWord(told).InFlight,
                InFlightThen = facts.InFlight,
            },
        };
    }
}
