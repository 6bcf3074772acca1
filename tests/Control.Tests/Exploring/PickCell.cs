using Snapback.Control.Rollouts;
using Snapback.Control.Tests.Rollouts;

namespace Snapback.Control.Tests.Exploring;

/// <summary>What the stress drives: the real generation, or a copy of its core with a bug planted in it.</summary>
internal abstract class PickCell
{
    public abstract PickWord Word { get; }

    /// <returns>The number of the pick; 0 for stable.</returns>
    public abstract uint Pick();

    public abstract void Leave();

    /// <returns>The word as it was, if this call closed it.</returns>
    public abstract PickWord? Close();

    public abstract void Raise();

    /// <summary>The class that runs in production.</summary>
    internal sealed class Real : PickCell
    {
        private readonly Generation _generation = LiveRig.Started(Samples.Unbounded, 9000).Generation;

        public override PickWord Word => _generation.Word;

        public override uint Pick()
        {
            var pick = _generation.Pick(0);
            if (pick.Arm == Arm.Stable)
            {
                _generation.Leave(Arm.Stable);
            }

            return pick.Sequence;
        }

        public override void Leave() => _generation.Leave(Arm.Canary);

        public override PickWord? Close() => _generation.Close(Weight.Zero);

        public override void Raise() => _generation.SetWeight(new Weight(9500), default);
    }

    /// <summary>The same core, wrong. In the window of the bug another thread may run, as it may on a machine with more to do.</summary>
    internal sealed class Buggy(Planted planted) : PickCell
    {
        private long _word = default(PickWord).WithWeight(9000).Bits;

        public override PickWord Word => new(Volatile.Read(ref _word));

        public override uint Pick()
        {
            while (true)
            {
                var seen = Word;
                if (seen.Weight == 0)
                {
                    return 0;
                }

                var picked = seen.WithPick();
                if (planted is Planted.PickByStore or Planted.PickByAdd or Planted.FailureIgnored)
                {
                    Thread.Yield();
                }

                switch (planted)
                {
                    case Planted.PickByStore:
                        Volatile.Write(ref _word, picked.Bits);
                        return picked.Sequence;
                    case Planted.PickByAdd:
                        return new PickWord(Interlocked.Add(ref _word, PickWord.OneInFlight + 1)).Sequence;
                }

                if (Interlocked.CompareExchange(ref _word, picked.Bits, seen.Bits) == seen.Bits || planted == Planted.FailureIgnored)
                {
                    return picked.Sequence;
                }
            }
        }

        public override void Leave()
        {
            if (planted != Planted.LeaveInTwo)
            {
                Interlocked.Add(ref _word, -PickWord.OneInFlight);
                return;
            }

            var seen = Word;
            Thread.Yield();
            Volatile.Write(ref _word, seen.Bits - PickWord.OneInFlight);
        }

        public override PickWord? Close()
        {
            while (true)
            {
                var seen = Word;
                if (seen.Closed && planted != Planted.EverybodyCloses)
                {
                    return null;
                }

                var closed = planted == Planted.NotClosed ? seen.WithWeight(0) : seen.WithWeight(0).WithClosed();
                if (planted == Planted.CloseReadsBefore)
                {
                    Thread.Yield();
                    Interlocked.And(ref _word, new PickWord(-1L).WithWeight(0).Bits);
                    Interlocked.Or(ref _word, default(PickWord).WithClosed().Bits);
                    return seen;
                }

                if (Interlocked.CompareExchange(ref _word, closed.Bits, seen.Bits) == seen.Bits)
                {
                    return seen;
                }
            }
        }

        public override void Raise()
        {
            var seen = Word;
            while (!seen.Closed || planted == Planted.RaiseReopens)
            {
                var current = Interlocked.CompareExchange(ref _word, seen.WithWeight(9500).Bits, seen.Bits);
                if (current == seen.Bits)
                {
                    return;
                }

                seen = new PickWord(current);
            }
        }
    }
}
