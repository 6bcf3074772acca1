using CsCheck;
using Snapback.Control.Analysis;
using Xunit;

namespace Snapback.Control.Tests.Analysis;

public sealed class GoRuleTests
{
    private static readonly Gen<double> Budgets = Gen.Double[-6, -0.1].Select(exponent => Math.Pow(10, exponent));

    [Fact]
    public void Evidence_of_counts_meets_the_reference()
    {
        foreach (var record in Vectors.Of("go_logE"))
        {
            var actual = new GoRule(record.Number("p0")).LogFromCounts(record.Whole("n"), record.Whole("k"));
            Vectors.AssertClose(record.Number("logE"), actual, record);
        }
    }

    [Fact]
    public void The_responses_needed_meet_the_reference()
    {
        foreach (var record in Vectors.Of("go_required_n"))
        {
            var rule = new GoRule(record.Number("p0"), record.Number("beta"));
            Assert.Equal(record.Numbers("n_for_k_0_to_6"), Enumerable.Range(0, 7).Select(k => (double)rule.RequiredResponses(k)));
        }
    }

    [Fact]
    public void The_responses_needed_are_the_fewest_that_prove_it() =>
        Gen.Select(Budgets, Gen.Int[0, 10_000]).Sample((budget, failures) =>
        {
            var rule = new GoRule(budget);
            var needed = rule.RequiredResponses(failures);
            Assert.True(rule.Proved(needed, failures));
            Assert.False(rule.Proved(needed - 1, failures));
            Assert.False(rule.Proved(needed, failures + 1));
        });

    [Fact]
    public void No_counts_give_a_number_that_is_none() =>
        Gen.Select(Budgets, Gen.Long[0, 10_000_000], Gen.Double[0, 1]).Sample((budget, responses, share) =>
            double.IsFinite(new GoRule(budget).LogFromCounts(responses, (long)(responses * share))));

    [Fact]
    public void A_canary_at_its_limit_is_hardly_ever_proved()
    {
        const int runs = 1_000;
        var random = new Random(5);
        var rule = new GoRule(0.05);
        var proved = 0;
        for (var run = 0; run < runs; run++)
        {
            var (failures, end) = (0, false);
            for (var n = 1; n <= 2_000 && !end; n++)
            {
                failures += random.NextDouble() < 0.05 ? 1 : 0;
                end = rule.Proved(n, failures);
            }

            proved += end ? 1 : 0;
        }

        // β = 5 %, and two standard errors.
        Assert.InRange(proved, 0, 64);
    }

    [Fact]
    public void Impossible_arguments_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new GoRule(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new GoRule(double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => new GoRule(0.1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new GoRule(0.1).Proved(1, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => new GoRule(0.1).RequiredResponses(-1));
    }
}
