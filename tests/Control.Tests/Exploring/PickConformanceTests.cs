using Snapback.Control.Rollouts;
using Snapback.Control.Tests.Rollouts;
using Xunit;
using static Snapback.Control.Tests.Exploring.PickMachine;

namespace Snapback.Control.Tests.Exploring;

/// <summary>
/// That the step machine is the real class: in every order of whole calls the real generation has the word that the machine has after each;
/// and however the machine's instructions interleave, it ends as it can end by whole calls.
/// </summary>
public sealed class PickConformanceTests
{
    private const int Half = 5000;

    public static TheoryData<string> Scenarios => [.. PickInterleavingsTests.Scenarios.Select(scenario => scenario.Data.Item1)];

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void In_every_order_of_whole_calls_the_real_word_is_the_machines(string scenario)
    {
        var calls = Calls(scenario);
        var orders = 0;
        foreach (var (order, _) in Orders(Start(Half), calls))
        {
            var (state, real) = (Start(Half), new Real());
            foreach (var actor in order)
            {
                var before = state;
                state = Call(state, calls[actor])!.Value;
                real.Call(calls[actor].Kind, isHeld: calls[actor].Registers(before).At == 2);
                Assert.True(real.Word == state.Pick, $"After {string.Join(", ", order.Select(a => calls[a].Kind))}: {real.Word} and {state}");
            }

            orders++;
        }

        Assert.True(orders >= 6, $"{orders} orders");
    }

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void However_instructions_interleave_it_ends_as_by_whole_calls(string scenario)
    {
        var byCalls = Orders(Start(Half), Calls(scenario)).Select(order => (order.End.Word, order.End.Facts)).ToHashSet();
        var interleaved = new HashSet<(long, Facts)>();
        var (one, two, three) = PickInterleavingsTests.Programs(scenario);
        Explorer.Explore(Start(Half), state => Steps(state, one, two, three), Wrong, state =>
        {
            interleaved.Add((state.Word, state.Facts));
            return WrongAtEnd(state);
        });
        Assert.NotEmpty(interleaved);
        Assert.Subset(byCalls, interleaved);
    }

    private static Actor[] Calls(string scenario)
    {
        var (one, two, three) = PickInterleavingsTests.Programs(scenario);
        var kinds = scenario.Split(", ");
        return kinds switch
        {
            ["requests", "requests", _] => [new(one, 1, Kind.Request), new(two, 2, Kind.Request), new(three, 3, Kind.RollBack)],
            ["requests", "two rollbacks"] => [new(one, 1, Kind.Request), new(two, 2, Kind.RollBack), new(three, 3, Kind.RollBack)],
            ["requests", _, "a raise"] => [new(one, 1, Kind.Request), new(two, 2, Kind.RollBack), new(three, 3, Kind.Raise)],
            ["requests", _, "a promotion"] => [new(one, 1, Kind.Request), new(two, 2, Kind.RollBack), new(three, 3, Kind.Promote)],
            _ => [new(one, 1, Kind.RaiseToOne), new(two, 2, Kind.Raise), new(three, 3, Kind.RollBack)],
        };
    }

    /// <summary>Every order of whole calls, with the state at its end.</summary>
    private static IEnumerable<(IReadOnlyList<int> Order, PickState End)> Orders(PickState start, Actor[] actors)
    {
        var waiting = new Stack<(List<int> Order, PickState State)>([([], start)]);
        while (waiting.TryPop(out var at))
        {
            var isEnd = true;
            for (var i = 0; i < actors.Length; i++)
            {
                if (Call(at.State, actors[i]) is { } next)
                {
                    isEnd = false;
                    waiting.Push(([.. at.Order, i], next));
                }
            }

            if (isEnd)
            {
                yield return (at.Order, at.State);
            }
        }
    }

    /// <summary>One actor's instructions until its call returns; null if it has none left.</summary>
    private static PickState? Call(PickState state, Actor actor)
    {
        PickState? after = null;
        while (actor.Program(after ?? state, actor.Registers(after ?? state)) is { } step)
        {
            after = actor.With(step.Next, step.Registers);
            if (step.Registers.At is 0 or 2)
            {
                break;
            }
        }

        return after;
    }

    private enum Kind
    {
        Request,
        RollBack,
        Promote,
        Raise,
        RaiseToOne,
    }

    private sealed record Actor(Program Program, int Number, Kind Kind)
    {
        public Registers Registers(PickState state) => Number switch { 1 => state.One, 2 => state.Two, _ => state.Three };

        public PickState With(PickState state, Registers registers) => Number switch
        {
            1 => state with { One = registers },
            2 => state with { Two = registers },
            _ => state with { Three = registers },
        };
    }

    /// <summary>The class that runs in production, called by one thread.</summary>
    private sealed class Real
    {
        private readonly Generation _generation = LiveRig.Started(Samples.Unbounded, Half).Generation;

        public PickWord Word => _generation.Word;

        /// <param name="isHeld">The actor has a pick that it leaves; else it makes one.</param>
        public void Call(Kind kind, bool isHeld)
        {
            switch (kind)
            {
                case Kind.Request when isHeld:
                    _generation.Leave(Arm.Canary);
                    break;
                case Kind.Request:
                    _ = _generation.Pick(0);
                    break;
                case Kind.RollBack:
                    _ = _generation.Close(Weight.Zero);
                    break;
                case Kind.Promote:
                    _ = _generation.Close(Weight.Full);
                    break;
                default:
                    _generation.SetWeight(new Weight(kind == Kind.Raise ? 9000 : 1), default);
                    break;
            }
        }
    }
}
