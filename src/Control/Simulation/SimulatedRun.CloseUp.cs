using Snapback.Control.Rollouts;

namespace Snapback.Control.Simulation;

/// <summary>The time after the canary has broken, request by request: what is in flight and who is let in decide how many are hurt.</summary>
internal sealed partial class SimulatedRun
{
    // The close-up lasts until nothing is in flight that was sent before the fault, and the failures come as steadily as the
    // requests: from then on their number in flight is Poisson, whatever the past (queue M/G/∞).
    private const double ShortestCloseUp = 2;
    private const double SlowestAnswers = 5;

    private double _closeUpEndsAt = double.PositiveInfinity;
    private bool _closeUp;
    private int _burstLeft;
    private int _sent;
    private int _inFlight;

    private void BeginCloseUp()
    {
        (_broken, _closeUp) = (true, true);
        Flow();

        // Those in flight at the break still end well.
        if (_now > 0 && _dice.Poisson(_rates.Canary * _traffic.Latency.Mean) is > 0 and var sentBefore)
        {
            GoodOnes(sentBefore);
        }

        (_responses, _settled, _victims) = (0, 0, 0);
        var slowest = SlowestAnswers * Scenario.SlowerBy * _traffic.Latency.P95;
        _closeUpEndsAt = _now + Math.Max(ShortestCloseUp, Math.Max(slowest, HasLimit ? 3 * _limit : 0));
    }

    private void EndCloseUp()
    {
        // A run of failures depends on their order, and a dead pod's are every fifth.
        if (_scenario.Fault == Fault.Hang
            || (_scenario.Fault == Fault.DeadPod && _settings.ConsecutiveFailures is not null)
            || _window.Limit(Clock) < PickWord.MaxInFlight)
        {
            _closeUpEndsAt = _now + 1;
            return;
        }

        // From here on failures are drawn at their ends, so those on their way would count twice.
        _victims -= _flights.Hurt;
        _flights.Clear();
        _inFlight = 0;
        (_closeUp, _closeUpEndsAt) = (false, double.PositiveInfinity);
        Flow();
    }

    private void Send()
    {
        var fault = _scenario.Fault;
        var latency = fault == Fault.Hang ? HangsFor : DrawCanarys();
        var fails = Fails() || fault == Fault.Hang;
        var slow = latency > _limit;
        var hurts = !IsShadow && (fails || (slow && _scenario.HurtsByLatency));
        _inFlight++;
        _flights.Send(new Flight(_now, _now + latency, fails, slow, hurts));
        _victims += hurts ? 1 : 0;
    }

    private bool Fails()
    {
        _sent++;
        if (_scenario.Fault == Fault.DeadPod)
        {
            return _sent % Scenario.Pods == 0 || _dice.Chance(_traffic.Healthy);
        }

        if (_burstLeft == 0)
        {
            _burstLeft = _dice.Chance(BurstBegins(_rates.CanaryFails, _traffic.Burst)) ? _traffic.Burst : 0;
        }

        return _burstLeft > 0 && _burstLeft-- > 0;
    }

    // Of the requests that a burst has not begun with yet: so many good ones lie between two bursts that the rate comes out.
    private static double BurstBegins(double rate, int burst) => rate / (burst * (1 - rate) + rate);

    private void Widen(int good)
    {
        for (var i = 0; i < good && _window.Limit(Clock) < PickWord.MaxInFlight; i++)
        {
            _window.Widen();
        }
    }

    private void Land()
    {
        Flush();
        while (!_ruling.EndsCanary && _flights.TryEnd(_now, out var ended))
        {
            _inFlight--;
            if (ended.Fails)
            {
                CanaryFails();
            }
            else
            {
                GoodOnes(1);
                CompareCanary(ended.Ends - ended.Sent);
            }
        }

        while (!_ruling.EndsCanary && _flights.TrySettle(_now, out var settled))
        {
            if (settled.Slow)
            {
                _window.Widen();
                CanarySlow();
            }
            else if (!settled.Fails)
            {
                Settled(1);
            }
        }
    }
}
