using System.Globalization;
using System.Resources;
using Snapback.Control.Analysis;
using Snapback.Proxy.Observing;
using Xunit;
using Yarp.ReverseProxy.Forwarder;

namespace Snapback.Proxy.Tests.Observing;

public sealed class OutcomeClassifierTests
{
    /// <summary>What each word of the forwarder says about the arm, and what it says if the route's own time-out ended it.</summary>
    private const string Table = """
        None                        Success  Success
        Request                     Failure  Failure
        RequestTimedOut             Failure  Failure
        RequestCanceled             Neutral  Failure
        RequestBodyCanceled         Neutral  Failure
        RequestBodyClient           Neutral  Neutral
        RequestBodyDestination      Failure  Failure
        ResponseBodyCanceled        Neutral  Failure
        ResponseBodyClient          Neutral  Neutral
        ResponseBodyDestination     Failure  Failure
        UpgradeRequestCanceled      Neutral  Failure
        UpgradeRequestClient        Neutral  Neutral
        UpgradeRequestDestination   Failure  Failure
        UpgradeResponseCanceled     Neutral  Failure
        UpgradeResponseClient       Neutral  Neutral
        UpgradeResponseDestination  Failure  Failure
        NoAvailableDestinations     Failure  Failure
        RequestCreation             Neutral  Neutral
        UpgradeActivityTimeout      Neutral  Neutral
        ResponseHeaders             Failure  Failure
        """;

    /// <summary>Fails when a new version of YARP has a new word: decide what it says.</summary>
    [Fact]
    public void Every_word_of_the_forwarder_has_its_verdict() => Assert.Equal(
        Table.Split('\n').Order(StringComparer.Ordinal),
        Enum.GetValues<ForwarderError>()
            .Select(error => $"{error,-27} {OutcomeClassifier.Of(error, 200, false),-8} {OutcomeClassifier.Of(error, 200, true)}")
            .Order(StringComparer.Ordinal));

    [Theory]
    [InlineData(101, Outcome.Success)]
    [InlineData(200, Outcome.Success)]
    [InlineData(404, Outcome.Success)]
    [InlineData(499, Outcome.Success)]
    [InlineData(500, Outcome.Failure)]
    [InlineData(503, Outcome.Failure)]
    [InlineData(600, Outcome.Failure)]
    [InlineData(999, Outcome.Failure)]
    public void A_whole_response_is_judged_by_its_status(int status, Outcome outcome) =>
        Assert.Equal(outcome, OutcomeClassifier.Of(ForwarderError.None, status, false));

    [Fact]
    public void A_status_says_nothing_about_a_response_that_was_not_whole()
    {
        foreach (var error in Enum.GetValues<ForwarderError>().Where(error => error != ForwarderError.None))
        {
            Assert.Equal(OutcomeClassifier.Of(error, 200, false), OutcomeClassifier.Of(error, 502, false));
        }
    }

    /// <summary>A fuzz of uploads to a dying HTTP/2 arm met the cancelled one once in 25,000: it got 400, and nobody was charged.</summary>
    [Fact]
    public void An_upload_that_the_arm_stopped_is_told_from_one_that_its_client_broke_off()
    {
        var read = new TaskCanceledException();
        Assert.True(OutcomeClassifier.IsStoppedByArm(new AggregateException(read, new HttpRequestException()), clientLeft: false));
        Assert.True(OutcomeClassifier.IsStoppedByArm(new AggregateException(read, new HttpRequestException()), clientLeft: true));
        Assert.True(OutcomeClassifier.IsStoppedByArm(new AggregateException(read, new TaskCanceledException()), clientLeft: false));
        Assert.False(OutcomeClassifier.IsStoppedByArm(new AggregateException(read, new TaskCanceledException()), clientLeft: true));
        Assert.False(OutcomeClassifier.IsStoppedByArm(new AggregateException(new IOException(), new IOException()), clientLeft: false));
        Assert.False(OutcomeClassifier.IsStoppedByArm(read, clientLeft: false));
    }

    /// <summary>
    /// Of 4,000 requests to an HTTP/2 arm that ended its connection at each, sixteen got 400, and nobody was charged: the last try met the
    /// arm's GOAWAY before it was sent, and of that the framework says no more than of headers that are too long.
    /// </summary>
    [Fact]
    public void Headers_that_an_arm_does_not_take_are_told_from_a_connection_that_it_ends()
    {
        Assert.True(OutcomeClassifier.IsUnsendable(new HttpRequestException(Framework("net_http_request_headers_exceeded_length"))));
        Assert.False(OutcomeClassifier.IsUnsendable(new HttpRequestException(Framework("net_http_server_shutdown"))));
        Assert.False(OutcomeClassifier.IsUnsendable(new HttpRequestException("Any.", new IOException())));
    }

    /// <summary>In the framework's own words, by which alone it tells them apart.</summary>
    private static string Framework(string name) =>
        new ResourceManager("FxResources.System.Net.Http.SR", typeof(HttpClient).Assembly).GetString(name, CultureInfo.InvariantCulture)!;
}
