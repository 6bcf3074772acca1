using System.Text.Json;
using Snapback.Control.Notifying;
using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;
using Snapback.Control.Tests.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Notifying;

/// <summary>What each way out of a rollout tells a person to do, and who did it.</summary>
public sealed class NoticeTests
{
    private static readonly RolloutStatus Open = RolloutStatus.New("shop", DateTimeOffset.UnixEpoch) with
    {
        Phase = RolloutPhase.Progressing,
        Weight = new Weight(500),
        Step = 1,
        Generation = 1,
        Version = "2",
        By = "ann",
    };

    private static readonly RolloutStatus Full = Open with { Phase = RolloutPhase.Promoted, Weight = Weight.Full };

    public static TheoryData<string, string, string, string> Exits => new()
    {
        { "judge", "shop: rolled back", "judge on r1", "snapback status shop says how many users saw a failure. Start a new version, or" },
        { "precaution", "shop: rolled back", "judge on r1", "The version may start again: snapback start shop --version 2." },
        { "operator", "shop: rolled back", "ann (operator) on r1", "All traffic is on stable. Start a new version" },
        { "hook", "shop: rolled back", "alarm (hook) on r1", "says how many users saw a failure" },
        { "group", "shop: rolled back", "cart (group) on r1", "with the whole group" },
        { "undo", "shop: undone", "ann (operator) on r1", "on the version before the promotion" },
        { "reject", "shop: rejected", "ann (operator) on r1", "snapback retry shop" },
        { "exonerated", "shop: exonerated", "judge on r1", "what both arms have in common. The version may start again" },
        { "deadline-missed", "shop: deadline missed", "judge on r1", "See whether every other has heard: snapback status shop" },
        { "promoted", "shop: promoted", "ann", "snapback undo shop. The next version belongs in cluster 'shop-stable'." },
        { "promoted again", "shop: promoted", "ann", "The next version belongs in cluster 'shop-canary'." },
        { "handed back", "shop: promoted and handed back", "ann", "as the canary and start it: snapback start shop --version VERSION." },
        { "frozen", "shop: frozen", "ann", "snapback rollback shop, or snapback resume shop --reason" },
        { "both fail", "shop: frozen", "ann", "Both arms fail" },
        { "breached", "shop: breached", "ann", "nothing goes up while it lasts. Take it back by hand: snapback rollback shop" },
        { "check-down", "shop: check down", "snapback", "Repair the provider, or what the check asks of it" },
        { "hook-down", "shop: hook down", "snapback", "Repair the receiver" },
        { "check-broken", "shop: check broken", "snapback", "snapback rollback shop" },
        { "burning", "shop: burning", "snapback", "snapback rollback shop" },
        { "approval", "shop: waiting", "ann", "ann or bob decides: snapback approve shop" },
        { "waiting", "shop: waiting", "ann", "It waits for an answer: snapback status shop" },
        { "paused", "shop: paused", "ann", "snapback resume shop" },
        { "weight", "shop: weight", "ann", "snapback advance shop" },
    };

    [Theory]
    [MemberData(nameof(Exits))]
    public void Every_exit_names_what_why_who_and_what_now(string exit, string title, string who, string now)
    {
        var notice = Notice.Of(News(exit));

        Assert.Equal((title, who, "Because."), (notice.Title, notice.Who, notice.Why));
        Assert.StartsWith("Version 2 of shop is ", notice.What, StringComparison.Ordinal);
        Assert.Contains(now, notice.Now, StringComparison.Ordinal);
        Assert.Equal(
            exit is not ("promoted" or "promoted again" or "handed back" or "paused" or "weight"),
            notice.Now.EndsWith("Owner: team-shop.", StringComparison.Ordinal));
    }

    [Fact]
    public void A_plan_without_a_version_yet_is_told_without_one() => Assert.Equal(
        "shop is Idle at 0%.",
        Notice.Of(News("planned") with { Status = RolloutStatus.New("shop", DateTimeOffset.UnixEpoch) }).What);

    [Theory]
    [InlineData("paused", "the database migrates", "Because. Reason: the database migrates")]
    [InlineData("paused", "Because", "Because.")]
    [InlineData("paused", "", "Because.")]
    [InlineData("check-down", "the command before", "Because.")]
    public void A_reason_that_was_given_is_told(string exit, string reason, string why)
    {
        var news = News(exit);
        Assert.Equal(why, Notice.Of(news with { Status = news.Status with { Reason = reason } }).Why);
    }

    [Theory]
    [InlineData("<p>", 1000)]
    [InlineData("&", 1000)]
    [InlineData("a", 900)]
    public void Slack_takes_a_reason_whatever_is_in_it(string repeated, int shown)
    {
        var news = News("paused");
        var reason = string.Concat(Enumerable.Repeat(repeated, 1000))[..1000];
        var (body, _) = Messages.Of(
            new Notification("oncall", NotificationFormat.Slack, new Uri("http://127.0.0.1/"), Severity.Info),
            Notice.Of(news with { Status = news.Status with { Reason = reason } }),
            "r1");

        var blocks = JsonDocument.Parse(body).RootElement.GetProperty("attachments")[0].GetProperty("blocks").EnumerateArray().Skip(1);
        var texts = blocks.Select(block => block.GetProperty("text").GetProperty("text").GetString()!).ToList();

        Assert.All(texts, text => Assert.InRange(text.Length, 1, 3000));
        Assert.InRange(texts[1].Length, shown, 3000);
    }

    private static RolloutNews News(string exit)
    {
        var (kind, status) = exit switch
        {
            "judge" => ("rolled-back", Down(Authority.Judge, "judge", "success-rate")),
            "precaution" => ("rolled-back", Down(Authority.Judge, "judge", "success-rate", blames: false)),
            "operator" => ("rolled-back", Down(Authority.Operator, "ann", "operator")),
            "hook" => ("rolled-back", Down(Authority.Hook, "alarm", "hook:alarm")),
            "group" => ("rolled-back", Down(Authority.Group, "cart", "group")),
            "undo" => ("rolled-back", Down(Authority.Operator, "ann", "undo")),
            "reject" => ("rolled-back", Down(Authority.Operator, "ann", "approval")),
            "exonerated" or "deadline-missed" => (exit, Down(Authority.Judge, "judge", "success-rate", blames: exit != "exonerated")),
            "promoted" => ("promoted", Full),
            "promoted again" => ("promoted", Full with { Swapped = true }),
            "handed back" => ("promoted", Full with { Weight = Weight.Zero }),
            "frozen" => ("frozen", Open with { Phase = RolloutPhase.Frozen }),
            "both fail" => ("frozen", Open with { Phase = RolloutPhase.Frozen, Shared = true }),
            "approval" => ("waiting", Open with { Phase = RolloutPhase.Waiting }),
            "waiting" => ("waiting", Open with { Phase = RolloutPhase.Waiting, Step = 2 }),
            "paused" => ("paused", Open with { Phase = RolloutPhase.Paused }),
            "weight" => ("weight", Open with { Manual = true }),
            _ => (exit, Open),
        };
        var plan = Samples.Plan with
        {
            Owner = "team-shop",
            Steps = [Samples.Five with { Approval = new ApprovalTerms(["ann", "bob"]) }, Samples.Half, Samples.Bake],
        };
        return new RolloutNews(plan, status, kind, "Because.", DateTimeOffset.UnixEpoch);
    }

    private static RolloutStatus Down(Authority authority, string by, string trigger, bool blames = true) => Open with
    {
        Phase = RolloutPhase.RolledBack,
        Weight = Weight.Zero,
        Rollback = Samples.Record with { Authority = authority, By = by, Trigger = trigger, BlamesVersion = blames },
    };
}
