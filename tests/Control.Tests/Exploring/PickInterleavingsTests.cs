using Snapback.Control.Rollouts;
using Xunit;
using static Snapback.Control.Tests.Exploring.PickMachine;

namespace Snapback.Control.Tests.Exploring;

/// <summary>Every order in which three actors can touch one word: nothing goes wrong in any, and every planted bug in one.</summary>
public sealed class PickInterleavingsTests
{
    public static TheoryData<string, int> Scenarios => new()
    {
        { "requests, requests, a rollback", 100 },
        { "requests, a rollback, a raise", 100 },
        { "requests, two rollbacks", 100 },
        { "requests, a rollback, a promotion", 100 },
        { "two raises, a rollback", 50 },
    };

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void In_no_order_of_three_actors_is_anything_wrong(string scenario, int atLeast)
    {
        var found = Explore(scenario, Planted.Nothing);
        Assert.True(found.Fault is null, found.ToString());
        Assert.True(found.States >= atLeast && found.Ends > 0, found.ToString());
    }

    [Theory]
    [InlineData(Planted.PickByStore)]
    [InlineData(Planted.PickByAdd)]
    [InlineData(Planted.FailureIgnored)]
    [InlineData(Planted.CloseReadsBefore)]
    [InlineData(Planted.NotClosed)]
    [InlineData(Planted.RaiseReopens)]
    [InlineData(Planted.LeaveInTwo)]
    [InlineData(Planted.EverybodyCloses)]
    public void Every_planted_bug_is_found_with_the_way_to_it(Planted planted)
    {
        var found = Scenarios.Select(scenario => Explore(scenario.Data.Item1, planted)).FirstOrDefault(found => found.Fault is not null);
        Assert.True(found is not null, $"{planted} is not found");
        Assert.NotEmpty(found.Trace);
    }

    private static Exploration Explore(string scenario, Planted planted)
    {
        var (one, two, three) = Programs(scenario, planted);
        return Explorer.Explore(Start(5000), state => Steps(state, one, two, three), Wrong, WrongAtEnd);
    }

    internal static (Program One, Program Two, Program Three) Programs(string scenario, Planted planted = Planted.Nothing) => scenario switch
    {
        "requests, requests, a rollback" => (Requests(2, planted), Requests(2, planted), Closer(0, planted)),
        "requests, a rollback, a raise" => (Requests(3, planted), Closer(0, planted), Raiser(9000, planted)),
        "requests, two rollbacks" => (Requests(3, planted), Closer(0, planted), Closer(0, planted)),
        "requests, a rollback, a promotion" => (Requests(3, planted), Closer(0, planted), Closer(Weight.Whole, planted)),
        _ => (Raiser(1, planted), Raiser(9000, planted), Closer(0, planted)),
    };
}
