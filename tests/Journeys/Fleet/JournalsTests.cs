using Line = Snapback.Journeys.Fleet.Journals.Line;

namespace Snapback.Journeys.Fleet;

/// <summary>The rules that journeys hold journals beside can be broken, each by a history that breaks it.</summary>
public sealed class JournalsTests
{
    private static readonly Line Started = new(1, 1, "started", "v1", 50, IsRollback: false);
    private static readonly Line RolledBack = new(1, 2, "rolled-back", "v1", 0, IsRollback: true);

    [Fact]
    public void A_rollback_that_all_have_breaks_no_rule() => Assert.Empty(Broken([Started, RolledBack], []));

    [Fact]
    public void A_replica_that_did_not_hear_of_it_is_named() =>
        Assert.Contains("r2 has 1.1", Assert.Single(Broken([Started], [], "1.1")), StringComparison.Ordinal);

    [Fact]
    public void Traffic_for_the_generation_that_was_rolled_back_is_named()
    {
        var broken = Assert.Single(Broken([Started, RolledBack, Started with { Revision = 3 }], []));
        Assert.Contains("after it had rolled that generation back", broken, StringComparison.Ordinal);
    }

    [Fact]
    public void Traffic_for_the_version_in_a_later_generation_is_named_whoever_gave_it()
    {
        var broken = Assert.Single(Broken([Started, RolledBack], [Started with { Generation = 2 }]));
        Assert.Contains("rolled back in generation 1", broken, StringComparison.Ordinal);
    }

    [Fact]
    public void One_change_written_twice_is_named() =>
        Assert.Contains("2 times", Assert.Single(Broken([Started, RolledBack, RolledBack], [])), StringComparison.Ordinal);

    [Fact]
    public void Two_contents_of_one_commit_are_named() =>
        Assert.Contains("committed twice", Assert.Single(Broken([Started], [Started with { Weight = 60 }])), StringComparison.Ordinal);

    [Fact]
    public void A_weight_that_nobody_committed_is_named()
    {
        var journals = new Journals();
        journals.Add("r1", "1.1", Started);
        Assert.Empty(journals.Broken([(1, 1, 50)]));
        Assert.Contains("no replica committed it", Assert.Single(journals.Broken([(1, 1, 90)])), StringComparison.Ordinal);
        journals.AddShared([Started with { Weight = 90 }]);
        Assert.Empty(journals.Broken([(1, 1, 90)]));
    }

    [Fact]
    public void A_raise_that_no_second_server_had_is_named()
    {
        var journals = new Journals();
        journals.Add("r1", "1.1", Started with { ProvenOn = 1 });
        Assert.Empty(journals.Broken([], proof: 1));
        Assert.Contains("although 1 of 2", Assert.Single(journals.Broken([], proof: 2)), StringComparison.Ordinal);
    }

    private static IReadOnlyList<string> Broken(List<Line> first, List<Line> second, string secondAt = "1.2")
    {
        var journals = new Journals();
        journals.Add("r1", "1.2", first);
        journals.Add("r2", secondAt, second);
        return journals.Broken([]);
    }
}
