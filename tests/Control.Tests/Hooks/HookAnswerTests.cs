using Snapback.Control.Hooks;
using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Hooks;

public sealed class HookAnswerTests
{
    /// <summary>What a status alone means at each place: Flagger's reading.</summary>
    [Theory]
    [InlineData(HookPoint.ConfirmRollout, HookVerdict.Go, HookVerdict.Wait)]
    [InlineData(HookPoint.PreRollout, HookVerdict.Go, HookVerdict.RollBack)]
    [InlineData(HookPoint.Step, HookVerdict.Go, HookVerdict.RollBack)]
    [InlineData(HookPoint.ConfirmTrafficIncrease, HookVerdict.Go, HookVerdict.Wait)]
    [InlineData(HookPoint.ConfirmPromotion, HookVerdict.Go, HookVerdict.Wait)]
    [InlineData(HookPoint.Rollback, HookVerdict.RollBack, HookVerdict.Wait)]
    public void A_status_of_200_to_202_is_a_yes_and_every_other_a_no(HookPoint when, HookVerdict yes, HookVerdict no)
    {
        Assert.All([200, 201, 202], status => Assert.Equal(yes, HookAnswer.Read(when, status, "").Verdict));
        Assert.All([203, 204, 301, 302, 400, 403, 404, 429, 500, 503], status => Assert.Equal(no, HookAnswer.Read(when, status, "").Verdict));
    }

    [Theory]
    [InlineData("""{"verdict":"go"}""", HookVerdict.Go, "answered 200")]
    [InlineData("""{"verdict":"wait","reason":"the pool is filling"}""", HookVerdict.Wait, "answered 200: the pool is filling")]
    [InlineData("""{"verdict":"rollback","reason":"totals\ndiffer"}""", HookVerdict.RollBack, "answered 200: totals differ")]
    [InlineData("\uFEFF{\"verdict\":\"wait\"}", HookVerdict.Wait, "answered 200")]
    [InlineData("""{"verdict":null,"reason":["x"]}""", HookVerdict.Go, "answered 200")]
    [InlineData("""{"verdict":false}""", HookVerdict.Wait, "answered 200, with the verdict 'false', which is not go, wait or rollback")]
    [InlineData("""{"Verdict":"rollback","Reason":"totals differ"}""", HookVerdict.RollBack, "answered 200: totals differ")]
    [InlineData("""["rollback"]""", HookVerdict.Go, "answered 200")]
    [InlineData("ok", HookVerdict.Go, "answered 200")]
    [InlineData("""{"reason":"\ud800"}""", HookVerdict.Go, "answered 200")]
    [InlineData("""{"\ud800":1}""", HookVerdict.Go, "answered 200")]
    public void A_verdict_in_words_goes_before_the_status(string json, HookVerdict verdict, string sentence)
    {
        var answer = HookAnswer.Read(HookPoint.Step, 200, json);
        Assert.Equal((verdict, sentence), (answer.Verdict, answer.Sentence));
    }

    /// <summary>A gate must not open for "hold" or "ROLLBACK"; an alarm that means to roll back still does.</summary>
    [Theory]
    [InlineData(HookPoint.Step, 200, HookVerdict.Wait)]
    [InlineData(HookPoint.Step, 500, HookVerdict.RollBack)]
    [InlineData(HookPoint.ConfirmPromotion, 200, HookVerdict.Wait)]
    [InlineData(HookPoint.Rollback, 200, HookVerdict.RollBack)]
    [InlineData(HookPoint.Rollback, 403, HookVerdict.Wait)]
    public void A_verdict_that_is_not_known_is_no_yes(HookPoint when, int status, HookVerdict verdict)
    {
        var answer = HookAnswer.Read(when, status, """{"verdict":"ROLLBACK","reason":"totals differ"}""");
        Assert.Equal(
            (verdict, $"answered {status}: totals differ, with the verdict 'ROLLBACK', which is not go, wait or rollback"),
            (answer.Verdict, answer.Sentence));
    }

    [Fact]
    public void A_no_may_count_instead_and_a_rollback_in_words_is_one_all_the_same()
    {
        Assert.Equal(HookVerdict.Failed, HookAnswer.Read(HookPoint.Step, 500, "", counts: true).Verdict);
        Assert.Equal(HookVerdict.Go, HookAnswer.Read(HookPoint.Step, 200, "", counts: true).Verdict);
        Assert.Equal(HookVerdict.RollBack, HookAnswer.Read(HookPoint.Step, 500, """{"verdict":"rollback"}""", counts: true).Verdict);
    }

    [Fact]
    public void A_receiver_may_say_wait_with_any_status() =>
        Assert.Equal(HookVerdict.Wait, HookAnswer.Read(HookPoint.Step, 503, """{"verdict":"wait"}""").Verdict);

    [Fact]
    public void The_signature_is_what_pythons_hmac_makes_of_time_and_body() => Assert.Equal(
        "t=1700000000,v1=60c6d8bbbac54514cad65d32aa5e479c35c77f026f15e51ee330b459605f4dad,v1=95a3d12cda4ff86e1c5e321c0ecdcac37e9d2a03c0ea87c5473399e1f0882072",
        HookSignature.Of("""{"name":"shop"}"""u8, DateTimeOffset.FromUnixTimeSeconds(1_700_000_000), ["0123456789abcdef", "fedcba9876543210"]));
}
